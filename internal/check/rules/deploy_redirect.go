package rules

import (
	"os"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// deploy-redirect: a build left a .wrangler/deploy/config.json, so that wrangler deploy takes what that names.
var deployRedirect = &check.Rule{
	ID:       "deploy-redirect",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a build redirects the deploy to a configuration that is missing, broken or out of date",
	Explain:  explain("deploy-redirect"),
	Unparsed: true,
	Ties:     folderAlone,
	Project: func(p *check.Pass) {
		for _, r := range p.Project.Redirects {
			judgeRedirect(p, r)
		}
		for _, c := range p.Project.Configs {
			if c.Redirect != nil {
				judgeBuilt(p, c)
			} else {
				judgeBase(p, c)
			}
		}
	},
}

// judgeRedirect looks at the file itself. A build that runs before each deploy writes it anew, so a target that is
// not there (yet) is no error.
func judgeRedirect(p *check.Pass, r *wrangler.Redirect) {
	for _, problem := range r.Problems {
		p.ReportIn(r.File, problem.Span, "wrangler deploy stops at this file: %s", problem.Message).
			Severity(check.Error).Help("%s", problem.Help)
	}
	if r.Target == "" {
		return
	}
	if info, err := os.Stat(r.Target); err != nil || !info.Mode().IsRegular() {
		p.ReportIn(r.File, r.TargetAt.Span, "wrangler deploy is redirected to %q, which is not there", r.TargetAt.Text).
			Label("seen from the folder of this file").
			Help("build before the deploy, or delete this file: a build left it")
	}
}

// judgeBuilt compares what a build made with the configuration it was made from.
func judgeBuilt(p *check.Pass, built *wrangler.Config) {
	source := sourceOf(p.Project, built)
	if source == nil || len(source.File.Errors) > 0 || len(built.File.Errors) > 0 {
		return
	}
	env := named(source, built.Top.Name)
	if env == nil {
		p.ReportIn(built.Redirect.File, built.Redirect.TargetAt.Span, "wrangler deploy takes %s, built for env %q, which %s does not declare",
			relative(source, built), built.Top.Name, filepath.Base(source.Path)).
			Help("build again")
		return
	}
	all := differences(env, built.Top)
	if len(all) == 0 {
		return
	}
	found := p.Of(env).Report(claim(source), "wrangler deploy takes %s in place of this file, and they disagree about %s",
		relative(source, built), subjects(all)).
		Label("a build made the other one from it, for %s", the(env)).
		Help("build again before the deploy; to deploy this file itself: wrangler deploy --config %s", filepath.Base(source.Path))
	note(found, all)
}

// sourceOf is the configuration of the folder that a build worked in: the one that wrangler reads there. nil if there is none.
func sourceOf(p *check.Project, built *wrangler.Config) *wrangler.Config {
	own, err := wrangler.InFolder(built.Redirect.Base)
	if err != nil {
		return nil
	}
	for _, c := range p.Configs {
		if c.Redirect == nil && absolute(c) == absolutePath(own) {
			return c
		}
	}
	return nil
}

// judgeBase reports a redirect of a folder further up, with which wrangler refuses to deploy anything from here.
func judgeBase(p *check.Pass, c *wrangler.Config) {
	own := absolute(c)
	dir := filepath.Dir(own)
	top := p.Project.Top(dir)
	redirect := wrangler.FindRedirect(dir, top)
	if redirect == "" || filepath.Dir(filepath.Dir(filepath.Dir(redirect))) == dir || !wrangler.IsFound(own) || wrangler.Shadow(own, top) != "" {
		return
	}
	from, _ := filepath.Rel(dir, redirect) // both are absolute
	p.Of(c.Top).Report(claim(c), "wrangler deploy refuses to run in this folder: a build left %s further up", filepath.ToSlash(from)).
		Help("delete that file, or name this one: wrangler deploy --config %s", filepath.Base(c.Path))
}
