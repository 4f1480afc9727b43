package rules

import (
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// files-disagree: two files claim one Worker. Either wrangler reads only one of
// them, or each deploy undoes what the other said.
var filesDisagree = &check.Rule{
	ID:       "files-disagree",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "two configuration files of one Worker disagree",
	Explain:  explain("files-disagree"),
	Project: func(p *check.Pass) {
		shadows := shadowsAmong(p.Project.Configs)
		var earlier []*wrangler.Config
		for _, c := range p.Project.Configs {
			if shadows[c] != nil {
				reportShadowed(p, c, shadows[c])
				continue
			}
			judgeAgainst(p, c, earlier)
			earlier = append(earlier, c)
		}
	},
}

// precedence is the order in which wrangler looks for a file, each name in the
// folder and all folders above it before the next one.
var precedence = []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"}

// shadowsAmong tells for each configuration which other one wrangler, started in its folder, reads instead. One
// whose name wrangler does not look for is read only when told to, and has none.
func shadowsAmong(configs []*wrangler.Config) map[*wrangler.Config]*wrangler.Config {
	at := map[string]*wrangler.Config{}
	for _, c := range configs {
		at[absolute(c)] = c
	}
	shadows := map[*wrangler.Config]*wrangler.Config{}
	for path, c := range at {
		rank := slices.Index(precedence, filepath.Base(path))
		for _, name := range precedence[:max(0, rank)] {
			if shadows[c] == nil {
				shadows[c] = upwards(at, filepath.Dir(path), name)
			}
		}
	}
	return shadows
}

// upwards looks for a configuration called name in a folder and those above it.
func upwards(at map[string]*wrangler.Config, dir, name string) *wrangler.Config {
	for {
		if c := at[filepath.Join(dir, name)]; c != nil {
			return c
		}
		above := filepath.Dir(dir)
		if above == dir {
			return nil
		}
		dir = above
	}
}

// absolute is the path of a configuration; as it was given where there is no working directory.
func absolute(c *wrangler.Config) string {
	if path, err := filepath.Abs(c.Path); err == nil {
		return path
	}
	return filepath.Clean(c.Path)
}

func reportShadowed(p *check.Pass, c, winner *wrangler.Config) {
	name, own := relative(c, winner), filepath.Base(c.Path)
	report := p.Of(c.Top)
	if filepath.Dir(absolute(c)) != filepath.Dir(absolute(winner)) { // the configuration of something else
		report.Report(claim(c), "wrangler started in this folder reads %s, and never this file", name).
			NoteIn(winner.File, claim(winner), "this one, as wrangler looks for %s in all folders above first", filepath.Base(winner.Path)).
			Help("move one of the two, or name the file each time: wrangler deploy --config %s", own)
		return
	}
	var all []difference
	for _, env := range environments(winner) {
		all = append(all, differences(named(c, env.Name), env)...)
	}
	for _, env := range c.Envs {
		if named(winner, env.Name) == nil {
			all = append(all, differences(env, nil)...)
		}
	}
	if len(all) == 0 {
		report.Report(claim(c), "wrangler reads %s and never this file, though they bind the same", name).
			Severity(check.Info).Help("delete one of the two")
		return
	}
	found := report.Report(claim(c), "wrangler reads %s and never this file, and they disagree about %s", name, subjects(all)).
		Label("%s comes first", name).
		Help("keep one of the two, with what is right in each")
	note(found, all)
}

// judgeAgainst reports the first earlier file that deploys to the same Worker and binds other resources: one pair
// tells the story. One that deploys to another account is worth a word only if no other is found.
func judgeAgainst(p *check.Pass, c *wrangler.Config, earlier []*wrangler.Config) {
	var elsewhere *rivals
	for _, other := range earlier {
		for _, r := range rivalsIn(other, c) {
			switch {
			case !inTwoAccounts(p.Project, r.other, r.env):
				reportRivals(p, r)
				return
			case elsewhere == nil:
				elsewhere = &r
			}
		}
	}
	if elsewhere != nil {
		reportElsewhere(p, *elsewhere)
	}
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
	var found []rivals
	for _, env := range environments(b) {
		for _, other := range environments(a) {
			if env.WorkerName() == "" || env.WorkerName() != other.WorkerName() {
				continue
			}
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
