package rules

import (
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// files-disagree: two files claim one Worker, and each deploy undoes what the other said.
var filesDisagree = &check.Rule{
	ID:       "files-disagree",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "two configuration files of one Worker disagree",
	Explain:  explain("files-disagree"),
	Ties:     workerNames,
	Project: func(p *check.Pass) {
		earlier := map[string][]*wrangler.Config{} // by Worker
		for _, c := range p.Project.Configs {
			if c.Redirect != nil {
				continue // made from another one: deploy-redirect compares the two
			}
			names := workerNames(c)
			var others []*wrangler.Config
			for _, name := range names {
				others = append(others, earlier[name]...)
			}
			if len(others) > 0 && isShadowed(p, c) {
				continue // config-shadowed says so
			}
			others = slices.DeleteFunc(others, func(other *wrangler.Config) bool { return isShadowed(p, other) })
			unlike := judgeAgainst(p, c, others)
			for _, name := range names {
				if unlike || earlier[name] == nil { // else one that says the same stands there already
					earlier[name] = append(earlier[name], c)
				}
			}
		}
	},
}

// isShadowed says whether wrangler reads another file in its place.
func isShadowed(p *check.Pass, c *wrangler.Config) bool {
	own := absolute(c)
	return wrangler.Shadow(own, p.Project.Top(filepath.Dir(own))) != ""
}

// workerNames are the names under which the environments of a file are deployed, each once.
func workerNames(c *wrangler.Config) []string {
	var names []string
	known := map[string]bool{"": true}
	for _, env := range environments(c) {
		if name := env.WorkerName(); !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	return names
}

// absolute is the path of a configuration.
func absolute(c *wrangler.Config) string { return absolutePath(c.Path) }

// absolutePath is path as it was given where there is no working directory.
func absolutePath(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return filepath.Clean(path)
}

// judgeAgainst reports the first earlier file that deploys to the same Worker and binds other resources: one pair
// tells the story. One that deploys to another account is worth a word only if no other is found. It returns whether there is one at all.
func judgeAgainst(p *check.Pass, c *wrangler.Config, earlier []*wrangler.Config) (unlike bool) {
	var elsewhere *rivals
	for _, other := range earlier {
		for _, r := range rivalsIn(other, c) {
			switch {
			case !inTwoAccounts(p.Project, r.other, r.env):
				reportRivals(p, r)
				return true
			case elsewhere == nil:
				elsewhere = &r
			}
		}
	}
	if elsewhere != nil {
		reportElsewhere(p, *elsewhere)
	}
	return elsewhere != nil
}

// rivals are environments of two files that deploy to one Worker, with other resources.
type rivals struct {
	other, env  *wrangler.Environment
	differences []difference
}

func rivalsIn(a, b *wrangler.Config) []rivals {
	if a.Pages || b.Pages {
		return nil // a Pages project and a Worker may have the same name
	}
	of := map[string][]*wrangler.Environment{} // by Worker: there may be ten thousand in either file
	for _, other := range environments(a) {
		if name := other.WorkerName(); name != "" {
			of[name] = append(of[name], other)
		}
	}
	var found []rivals
	for _, env := range environments(b) {
		for _, other := range of[env.WorkerName()] {
			if all := differences(other, env); len(all) > 0 {
				found = append(found, rivals{other, env, all})
			}
		}
	}
	return found
}

func reportRivals(p *check.Pass, r rivals) {
	found := p.Of(r.env).Report(r.env.Worker.Span, "Worker %q is deployed from %s, too, and they disagree about %s",
		r.env.WorkerName(), relative(r.env.Config, r.other.Config), subjects(r.differences)).
		Label("whichever is deployed last replaces the other").
		NoteIn(r.other.Config.File, r.other.Worker.Span, "the same name, %s", at(r.other)).
		Help("keep one of the two, or give each Worker its own name")
	note(found, r.differences)
}

func reportElsewhere(p *check.Pass, r rivals) {
	p.Of(r.env).Report(r.env.Worker.Span, "Worker %q is deployed from %s, too, into another account",
		r.env.WorkerName(), relative(r.env.Config, r.other.Config)).
		NoteIn(r.other.Config.File, r.other.Worker.Span, "the same name, %s", at(r.other)).
		Severity(check.Info).Help("fine if each account is to have its own")
}

// claim is where a configuration says which Worker it is: its name, or its first line.
func claim(c *wrangler.Config) syntax.Span {
	if c.Top.Worker != nil {
		return c.Top.Worker.Span
	}
	text, start := c.File.Line(1)
	return syntax.Span{Start: start, End: start + len(text)}
}

// relative is the path of other as seen from the folder of c.
func relative(c, other *wrangler.Config) string {
	if path, err := filepath.Rel(filepath.Dir(absolute(c)), absolute(other)); err == nil {
		return filepath.ToSlash(path)
	}
	return other.Path
}

func environments(c *wrangler.Config) []*wrangler.Environment {
	return append([]*wrangler.Environment{c.Top}, c.Envs...)
}

// named returns an environment of a file, nil if it does not declare it; "" is the top level.
func named(c *wrangler.Config, name string) *wrangler.Environment {
	for _, env := range environments(c) {
		if env.Name == name {
			return env
		}
	}
	return nil
}
