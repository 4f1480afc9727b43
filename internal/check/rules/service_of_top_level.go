package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// service-of-top-level: an environment calls the Worker that another configuration's top level deploys, though that
// configuration has an environment of the same name, with a Worker of its own.
var serviceOfTopLevel = &check.Rule{
	ID:       "service-of-top-level",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a service binding of an environment leads to the Worker of a top level",
	Explain:  explain("service-of-top-level"),
	Seen:     check.Prevalence{Files: 3, Projects: 3},
	Ties: func(c *wrangler.Config) []string {
		names := []string{c.Top.WorkerName()}
		for _, env := range c.Envs {
			for _, b := range env.Bindings {
				if name := calledWorker(b).Str(); name != "" {
					names = append(names, name)
				}
			}
		}
		return names
	},
	Project: func(p *check.Pass) {
		tops := topLevels(p.Project)
		for _, c := range p.Project.Configs {
			for _, env := range c.Envs {
				for _, b := range env.Bindings {
					judgeService(p.Of(env), b, tops)
				}
			}
		}
	},
}

// otherWorkers are the environments, by name, of the configuration whose top level deploys a Worker.
type otherWorkers map[string]*wrangler.Environment

// topLevels finds otherWorkers by the Worker of their top level; there are none where two files deploy one.
func topLevels(project *check.Project) map[string]otherWorkers {
	tops := map[string]otherWorkers{}
	for _, c := range project.Configs {
		name := c.Top.WorkerName()
		if _, twice := tops[name]; twice || c.Pages || c.ServiceEnvironments() {
			tops[name] = nil
			continue
		}
		tops[name] = otherWorkers{}
		for _, env := range c.Envs {
			tops[name][env.Name] = env
		}
	}
	return tops
}

func judgeService(p *check.Pass, b *wrangler.Binding, tops map[string]otherWorkers) {
	value := calledWorker(b)
	if value.Str() == "" || b.Field("environment") != nil {
		return
	}
	sibling := tops[value.Text][p.Env.Name]
	if sibling == nil || sibling.WorkerName() == value.Text || sibling.WorkerName() == "" {
		return
	}
	p.Report(value.Span, "%s %q of %s leads to Worker %q of the top level", typeWords(b.Type), b.Text(), the(p.Env), value.Text).
		Label("%s of that Worker is called %s", the(sibling), sibling.WorkerName()).
		NoteIn(sibling.Config.File, sibling.NameAt, "declared here").
		Help("write %q, if the two environments belong together", sibling.WorkerName())
}

// calledWorker is the value that names another Worker; nil if the binding names none.
func calledWorker(b *wrangler.Binding) *syntax.Node {
	switch b.Type {
	case wrangler.Service:
		return b.Field("service")
	case wrangler.DurableObject, wrangler.Workflow:
		return b.Field("script_name")
	}
	return nil
}
