package rules

import (
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// config-shadowed: wrangler, started in the folder of this file, reads another one.
var configShadowed = &check.Rule{
	ID:       "config-shadowed",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "wrangler reads another configuration than the one in this folder",
	Explain:  explain("config-shadowed"),
	Seen:     check.Prevalence{Files: 3, Projects: 2},
	Config: func(p *check.Pass) {
		own := absolute(p.Config)
		first := wrangler.Shadow(own, p.Project.Top(filepath.Dir(own)))
		if first == "" || p.Config.Redirect != nil {
			return
		}
		winner := p.Project.At(first, p.Config)
		switch {
		case winner == nil: // there, but not to be read
		case filepath.Dir(first) != filepath.Dir(own):
			reportShadowedFromAbove(p.Of(p.Config.Top), winner)
		default:
			reportShadowedBeside(p.Of(p.Config.Top), winner)
		}
	},
}

// reportShadowedFromAbove: the other file is the configuration of something else.
func reportShadowedFromAbove(p *check.Pass, winner *wrangler.Config) {
	p.Report(claim(p.Config), "wrangler started in this folder reads %s, and never this file", relative(p.Config, winner)).
		NoteIn(winner.File, claim(winner), "this one, as wrangler looks for %s in all folders above first", filepath.Base(winner.Path)).
		Help("move one of the two, or name the file each time: wrangler deploy --config %s", filepath.Base(p.Config.Path))
}

func reportShadowedBeside(p *check.Pass, winner *wrangler.Config) {
	name, all := relative(p.Config, winner), []difference(nil)
	if len(winner.File.Errors) == 0 {
		all = disagreements(p.Config, winner)
	}
	if len(all) == 0 && len(winner.File.Errors) == 0 {
		p.Report(claim(p.Config), "wrangler reads %s and never this file, though they bind the same", name).
			Severity(check.Info).Help("delete one of the two")
		return
	}
	if len(all) == 0 {
		p.Report(claim(p.Config), "wrangler reads %s and never this file", name).Help("keep one of the two")
		return
	}
	found := p.Report(claim(p.Config), "wrangler reads %s and never this file, and they disagree about %s", name, subjects(all)).
		Label("%s comes first", name).
		Help("keep one of the two, with what is right in each")
	note(found, all)
}

// beside is the other file of a folder, where wrangler reads one of two and config-shadowed says so: what a file lacks may stand
// in it. nil if there is none.
func beside(p *check.Pass, c *wrangler.Config) *wrangler.Config {
	if off(p.Of(c.Top), "config-shadowed") {
		return nil
	}
	for _, path := range wrangler.Beside(absolute(c)) {
		if other := p.Project.At(path, c); other != nil {
			return other
		}
	}
	return nil
}

// boundBeside says whether the other file of a folder binds a name.
func boundBeside(p *check.Pass) func(name string) bool {
	other := beside(p, p.Config)
	if other == nil {
		return func(string) bool { return false }
	}
	binders := bindersIn(other)
	return func(name string) bool { return len(binders[name]) > 0 }
}

// disagreements compares two files of one folder, environment by environment.
func disagreements(c, winner *wrangler.Config) []difference {
	var all []difference
	for _, env := range environments(winner) {
		all = append(all, differences(named(c, env.Name), env)...)
	}
	for _, env := range c.Envs {
		if named(winner, env.Name) == nil {
			all = append(all, differences(env, nil)...)
		}
	}
	return all
}
