package rules

import (
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// A use is an environment in which an id is bound. What is compared with every
// other use of the id is worked out once.
type use struct {
	id   *syntax.Node
	name string // what the binding calls it beside the id; "" if it does not
	*home
}

// A home is an environment with what tells it from others.
type home struct {
	env        *wrangler.Environment
	account    check.Account // genuine, or zero
	stage      stage
	worker     string // its Worker's name; "" if it has none, or if other environments may have it, too
	folder     string // of its file
	unmarked   bool   // it is the top level of the file that wrangler takes by itself, and nothing says what it is for
	production bool   // its file has an environment for production
}

// check reports each id once a file, for the worst two environments it is bound in,
// and once more for the worst two of different files, if none of them says so by itself.
func (s store) check(p *check.Pass) {
	uses, ids := s.uses(p)
	for _, id := range ids {
		worst := harmless
		for _, here := range byFile(uses[id]) {
			worst = max(worst, s.report(p, here, representatives(here), s.relateInFile))
		}
		if worst < oneForTests {
			s.report(p, uses[id], ofFiles(uses[id]), s.relateFiles)
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
			if env == config.Top && onlyLocal(config) {
				continue
			}
			here := homeOf(p.Project, env)
			here.production = production
			for _, b := range env.Of(s.bindingType) {
				id := b.Resource()
				if !s.named(id.Str(), b) {
					continue
				}
				known := uses[id.Text]
				if known == nil {
					ids = append(ids, id.Text)
				}
				if len(known) > 0 && known[len(known)-1].env == env {
					continue // twice in one environment: kv-id-shared
				}
				uses[id.Text] = append(known, use{id, s.nameOf(b), here})
			}
		}
	}
	return uses, ids
}

// onlyLocal says that the top level is for wrangler pages dev alone: a Pages project has two environments, and both
// are declared.
func onlyLocal(c *wrangler.Config) bool {
	return c.Pages && named(c, "preview") != nil && named(c, "production") != nil
}

// named says whether text is a resource at all: of an id that is none, id-invalid tells.
func (s store) named(text string, b *wrangler.Binding) bool {
	if s.shape == nil {
		return isName(text)
	}
	return s.shape.isGenuine(text)
}

func (s store) nameOf(b *wrangler.Binding) string {
	if s.name == "" {
		return ""
	}
	return b.Field(s.name).Str()
}

// isName says whether text can be the name of a resource, and is nothing that stands in for one.
func isName(text string) bool {
	return text != "" && !placeholderWords.MatchString(text) && !expansion.MatchString(text)
}

func homeOf(p *check.Project, env *wrangler.Environment) *home {
	here := &home{env: env, account: p.AccountOf(env), stage: stageOf(env), folder: filepath.Dir(env.Config.Path)}
	if !hexShape.isGenuine(here.account.ID) {
		here.account = check.Account{}
	}
	here.unmarked = env == env.Config.Top && here.stage == unknownStage && wrangler.IsFound(env.Config.Path)
	if !env.Config.ServiceEnvironments() {
		here.worker = env.WorkerName()
	}
	return here
}
