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
	create:      "wrangler kv namespace create NAME",
})

// d1-id-across-environments: the same for D1 databases.
var d1IDAcrossEnvironments = acrossEnvironments("d1-id-across-environments", store{
	bindingType: wrangler.D1,
	noun:        "D1 database",
	shape:       uuidShape,
	code:        "10181", // D1 binding '…' references database '…' which was not found
	create:      "wrangler d1 create NAME",
})

// A store is a type of resource that keeps data and belongs to one account.
type store struct {
	bindingType wrangler.Type
	noun        string
	shape       idShape
	code        string // what an account answers for an id that another one holds
	create      string // the command that makes one
}

func acrossEnvironments(id string, s store) *check.Rule {
	return &check.Rule{
		ID:       id,
		Severity: check.Warning,
		Since:    "0.1",
		Summary:  "one " + s.noun + " in two environments",
		Explain:  explain(id),
		Project:  func(p *check.Pass) { s.check(p) },
	}
}

// A use is an environment in which an id is bound.
type use struct {
	env     *wrangler.Environment
	id      *syntax.Node
	account check.Account // genuine, or zero
	stage   stage
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
		for _, env := range environments(config) {
			account := p.Project.AccountOf(env)
			if formOf(account.ID, hexShape, "") != genuine {
				account = check.Account{}
			}
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
				uses[id.Text] = append(known, use{env, id, account, stageOf(env)})
			}
		}
	}
	return uses, ids
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
	case a.env.WorkerName() != "" && a.env.WorkerName() == b.env.WorkerName():
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
	sideBySide := filepath.Dir(a.env.Config.Path) == filepath.Dir(b.env.Config.Path)
	switch {
	case apart && accountsDiffer(a, b):
		return twoAccounts
	case apart && sideBySide && stagesDiffer(a, b):
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
	elsewhere := slices.ContainsFunc(top.env.Config.Envs, func(e *wrangler.Environment) bool { return stageOf(e) == productionStage })
	switch {
	case top.stage == named.stage && top.stage != unknownStage,
		top.stage == unknownStage && named.stage == testStage && elsewhere:
		return harmless
	}
	return unclear
}

// report finds the worst two among uses of one id, reports them and returns what they mean.
func (s store) report(p *check.Pass, uses []use, relate func(a, b use) sharing) sharing {
	worst, a, b := harmless, use{}, use{}
	for i := range uses {
		for j := range i {
			if r := relate(uses[j], uses[i]); r > worst {
				worst, a, b = r, uses[j], uses[i]
			}
		}
	}
	if worst == harmless {
		return harmless
	}
	here, there := b, a
	switch {
	case worst == twoAccounts && a.stage == productionStage: // the incident: production has got the id of another account
		here, there = a, b
	case worst == oneForTests && a.stage == testStage: // it is the test environment that has to change
		here, there = a, b
	}
	var others []use
	for _, u := range uses {
		if u.env != here.env && relate(here, u) == worst {
			others = append(others, u)
		}
	}
	if worst == twoAccounts {
		s.reportAccounts(p, here, there, others)
	} else {
		s.reportSharing(p, worst, here, there, others)
	}
	return worst
}

func (s store) reportAccounts(p *check.Pass, here, there use, others []use) {
	found := p.Of(here.env).Report(here.id.Span, "%s %s is bound %s (%s) and %s (%s): one of them gets code %s",
		s.noun, here.id.Text, at(here.env), here.account, at(there.env)+fileOf(there, here), there.account, s.code).
		Severity(check.Error).
		Label("a %s belongs to one account", s.noun).
		Help("find out which account holds it; in the other create one (`%s`) and paste its id", s.create)
	for _, u := range others {
		found.NoteIn(u.env.Config.File, u.id.Span, "%s, %s", the(u.env), u.account).Also(u.env)
	}
	found.NoteIn(here.account.File, here.account.Span, "%s deploys to this account", the(here.env))
	found.NoteIn(there.account.File, there.account.Span, "%s deploys to this one", the(there.env)+fileOf(there, here))
}

func (s store) reportSharing(p *check.Pass, r sharing, here, there use, others []use) {
	found := p.Of(here.env).Report(here.id.Span, "%s and %s share %s %s",
		the(here.env), the(there.env)+fileOf(there, here), s.noun, here.id.Text)
	switch r {
	case oneForTests:
		found.Label("production's data").
			Help("whatever %s writes or deletes, production sees; create a %s for it: `%s`", the(here.env), s.noun, s.create)
	case sameStage:
		found.Severity(check.Info).Help("fine if they are to see each other's data; else `%s`", s.create)
	default:
		found.Help("what one writes or deletes, the other sees; create one for each: `%s`", s.create)
	}
	for _, u := range others {
		found.NoteIn(u.env.Config.File, u.id.Span, "bound here %s", at(u.env)).Also(u.env)
	}
}

// fileOf names the file of a use where that is not the file of the finding.
func fileOf(u, here use) string {
	if u.env.Config == here.env.Config {
		return ""
	}
	return " of " + relative(here.env.Config, u.env.Config)
}
