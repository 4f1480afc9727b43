package rules

import (
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// kv-id-across-environments: two environments name one namespace. In two accounts
// that cannot be; in one account they write into the same data.
var kvIDAcrossEnvironments = acrossEnvironments("kv-id-across-environments", store{
	bindingType: wrangler.KVNamespace,
	noun:        "KV namespace",
	shape:       hexShape,
	code:        "10041", // KV namespace '…' not found
	list:        "wrangler kv namespace list",
	create:      "wrangler kv namespace create NAME",
})

// d1-id-across-environments: the same for D1 databases.
var d1IDAcrossEnvironments = acrossEnvironments("d1-id-across-environments", store{
	bindingType: wrangler.D1,
	noun:        "D1 database",
	shape:       uuidShape,
	code:        "10181", // D1 binding '…' references database '…' which was not found
	list:        "wrangler d1 list",
	create:      "wrangler d1 create NAME",
})

// A store is a type of resource that keeps data and belongs to one account.
type store struct {
	bindingType wrangler.Type
	noun        string
	shape       idShape
	code        string // what an account answers for an id that another one holds
	list        string // the command that shows what an account holds
	create      string // the command that makes one
}

func acrossEnvironments(id string, s store) *check.Rule {
	return &check.Rule{
		ID:       id,
		Severity: check.Warning,
		Since:    "0.1",
		Summary:  "one " + s.noun + " in two environments",
		Explain:  explain(id),
		Ties:     s.ids,
		Project:  func(p *check.Pass) { s.check(p) },
	}
}

// ids are those a configuration binds: two that have none in common need not be compared.
func (s store) ids(c *wrangler.Config) []string {
	var ids []string
	for _, env := range environments(c) {
		for _, b := range env.Of(s.bindingType) {
			ids = append(ids, b.Resource().Str())
		}
	}
	return ids
}

// A use is an environment in which an id is bound. What is compared with every
// other use of the id is worked out once.
type use struct {
	id *syntax.Node
	*home
}

// A home is an environment with what tells it from others.
type home struct {
	env        *wrangler.Environment
	account    check.Account // genuine, or zero
	stage      stage
	worker     string // its Worker's name; "" if it has none, or if other environments may have it, too
	folder     string // of its file
	production bool   // its file has an environment for production
}

// check reports each id once a file, for the worst two environments it is bound in,
// and once more for the worst two of different files, if none of them says so by itself.
func (s store) check(p *check.Pass) {
	uses, ids := s.uses(p)
	for _, id := range ids {
		worst := harmless
		for _, here := range byFile(uses[id]) {
			worst = max(worst, s.report(p, here, relateInFile))
		}
		if worst < oneForTests {
			s.report(p, uses[id], relateFiles)
		}
	}
}

// byFile cuts uses, which are in the order of files, into those of each file.
func byFile(uses []use) [][]use {
	var files [][]use
	for i, u := range uses {
		if i == 0 || u.env.Config != uses[i-1].env.Config {
			files = append(files, nil)
		}
		last := len(files) - 1
		files[last] = append(files[last], u)
	}
	return files
}

// uses collects the environments in which each genuine id is bound, and the ids in order of appearance.
func (s store) uses(p *check.Pass) (map[string][]use, []string) {
	uses, ids := map[string][]use{}, []string{}
	for _, config := range p.Project.Configs {
		production := slices.ContainsFunc(config.Envs, func(e *wrangler.Environment) bool { return stageOf(e) == productionStage })
		for _, env := range environments(config) {
			here := homeOf(p.Project, env)
			here.production = production
			for _, b := range env.Of(s.bindingType) {
				id := b.Resource()
				if formOf(id.Str(), s.shape, b.Text()) != genuine {
					continue // id-invalid says so
				}
				known := uses[id.Text]
				if known == nil {
					ids = append(ids, id.Text)
				}
				if len(known) > 0 && known[len(known)-1].env == env {
					continue // twice in one environment: kv-id-shared
				}
				uses[id.Text] = append(known, use{id, here})
			}
		}
	}
	return uses, ids
}

func homeOf(p *check.Project, env *wrangler.Environment) *home {
	here := &home{env: env, account: p.AccountOf(env), stage: stageOf(env), folder: filepath.Dir(env.Config.Path)}
	if formOf(here.account.ID, hexShape, "") != genuine {
		here.account = check.Account{}
	}
	if !env.Config.ServiceEnvironments() {
		here.worker = env.WorkerName()
	}
	return here
}

// sharing says what it means that two environments use one id; worse is greater.
type sharing int

const (
	harmless    sharing = iota
	sameStage           // two test environments, or two for production
	unclear             // nothing says that they may share
	oneForTests         // production and a test environment
	twoAccounts         // impossible
)

// relateInFile says what it means that two environments of one file use the same id.
func relateInFile(a, b use) sharing {
	switch {
	case accountsDiffer(a, b):
		return twoAccounts
	case a.worker != "" && a.worker == b.worker:
		return harmless // one Worker under two names
	case stagesDiffer(a, b):
		return oneForTests
	case a.env.Name == "":
		return relateToTop(a, b)
	case b.env.Name == "":
		return relateToTop(b, a)
	case a.stage == b.stage && a.stage != unknownStage:
		return sameStage
	}
	return unclear
}

// relateFiles says the same of environments in two files. Side by side the files may be
// those of two environments; elsewhere they are two Workers, which may share.
func relateFiles(a, b use) sharing {
	apart := a.env.Config != b.env.Config
	switch {
	case apart && accountsDiffer(a, b):
		return twoAccounts
	case apart && a.folder == b.folder && stagesDiffer(a, b):
		return oneForTests
	}
	return harmless
}

func accountsDiffer(a, b use) bool {
	return a.account.ID != "" && b.account.ID != "" && a.account.ID != b.account.ID
}

func stagesDiffer(a, b use) bool {
	return a.stage != unknownStage && b.stage != unknownStage && a.stage != b.stage
}

// relateToTop: a top level that stands for the same stage may repeat its ids; so may one
// of unknown stage in a test environment, if production has an environment of its own.
func relateToTop(top, named use) sharing {
	switch {
	case top.stage == named.stage && top.stage != unknownStage,
		top.stage == unknownStage && named.stage == testStage && top.production:
		return harmless
	}
	return unclear
}
