package rules

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/scripts"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// deploy-environment: wrangler deploys the top level unless it is told which environment; then what stands under env.production
// is scenery. And an environment that the file does not declare stops the deploy, or yields the top level under another name.
var deployEnvironment = &check.Rule{
	ID:       "deploy-environment",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a deploy script names no environment, or one that is not declared",
	Explain:  explain("deploy-environment"),
	Ties:     folderAlone,
	Project: func(p *check.Pass) {
		all := workersOf(p.Project)
		for _, w := range all {
			if !w.config.Pages && !w.generated {
				judgeNamed(p, w)
				judgeUnnamed(p, w, all)
			}
		}
	},
}

// judgeNamed looks at each environment that is said: is it declared?
func judgeNamed(p *check.Pass, w *deployedWorker) {
	first, other := map[string]*check.Draft{}, beside(p, w.config)
	for _, d := range w.deploys {
		if !d.Env.Known || d.Env.Name == "" {
			continue
		}
		env, err := w.config.Environment(d.Env.Name)
		if err == nil && env.Node != nil || other != nil && named(other, d.Env.Name) != nil {
			continue // declared, or in the file beside this one, of which wrangler reads the first
		}
		if found := first[d.Env.Name]; found != nil {
			found.NoteIn(d.File, d.Span, "and here")
			continue
		}
		found := p.Of(w.config.Top).ReportIn(d.File, d.Span, "this deploys env %q, which is not declared", d.Env.Name)
		first[d.Env.Name] = found
		if err != nil {
			found.Label("wrangler stops here").
				NoteIn(w.config.File, w.config.File.Root.Field("env").NameAt, "environments are declared here").
				Help("%s", hintOf(err, w.config))
			continue
		}
		found.Label("the top level is deployed instead, with all its bindings, as Worker %q", env.WorkerName()).
			Help("declare it under %s, or leave it out here", tablePath(env))
	}
}

// hintOf says which environment was meant: people shorten names, and wrangler does not.
func hintOf(err error, c *wrangler.Config) string {
	var unknown *wrangler.UnknownEnvironmentError
	if !errors.As(err, &unknown) {
		return ""
	}
	for _, env := range c.Envs {
		if env.Name != "" && (strings.HasPrefix(env.Name, unknown.Name) || strings.HasPrefix(unknown.Name, env.Name)) {
			return "did you mean `--env " + env.Name + "`?"
		}
	}
	return unknown.Hint()
}

// judgeUnnamed looks at the deploys that say nothing. One named for an environment, or for another file, certainly means it. Otherwise it is only worth a
// word if nothing in the project deploys an environment, and there is one that looks meant for it.
func judgeUnnamed(p *check.Pass, w *deployedWorker, all []*deployedWorker) {
	if len(w.deploys) == 0 || w.config.ServiceEnvironments() || namedByFile(p.Project, w.config) {
		return
	}
	var silent []*scripts.Deploy
	said := w.opaque
	for _, d := range w.deploys {
		if d.Env.Said {
			said = true
			continue
		}
		if env := namesake(d.Name, w.config); env != nil {
			p.Of(env).ReportIn(d.File, d.Span, "%q deploys the top level, not %s", d.Name, the(env)).
				Label("no --env").
				NoteIn(w.config.File, env.NameAt, "%s is declared here", the(env)).
				Help("write `wrangler deploy --env %s`", env.Name)
			said = true
			continue
		}
		if other := namesakeFile(d, w, all); other != nil {
			name := filepath.Base(other.Path)
			p.Of(w.config.Top).ReportIn(d.File, d.Span, "%q deploys %s, not %s", d.Name, filepath.Base(w.config.Path), name).
				Label("no --config").
				NoteIn(other.File, claim(other), "this is the file for %s", strings.Join(wordsOfFile(other), " ")).
				Help("write `wrangler deploy --config %s`", name)
			said = true
			continue
		}
		silent = append(silent, d)
	}
	env, severity := neglected(w.config)
	if said || len(silent) == 0 || env == nil {
		return
	}
	d := silent[0]
	found := p.Of(w.config.Top).ReportIn(d.File, d.Span, "this deploys the top level, and no script names an environment").
		Severity(severity).
		Label("no --env").
		NoteIn(w.config.File, env.NameAt, "%s is never deployed by a script", the(env)).
		Help("say which one is meant: `wrangler deploy --env %s`; the top level on purpose is `--env \"\"`", env.Name)
	for _, other := range silent[1:min(len(silent), shownPlaces)] {
		found.NoteIn(other.File, other.Span, "here neither")
	}
}

// neglected is the environment that is missed most if only the top level is deployed, and how badly; nil if nothing is wrong: where
// all environments are for tests, the top level is production.
func neglected(c *wrangler.Config) (*wrangler.Environment, check.Severity) {
	var unknown *wrangler.Environment
	for _, env := range c.Envs {
		switch stageOf(env) {
		case productionStage:
			if stageOf(c.Top) == productionStage {
				return env, check.Info // both may be the same thing
			}
			return env, check.Warning
		case unknownStage:
			unknown = cmp.Or(unknown, env)
		}
	}
	return unknown, check.Info
}

// namesake is the environment that a script is named for: "deploy:staging" for staging, "deploy-prod" for the one that is production.
func namesake(script string, c *wrangler.Config) *wrangler.Environment {
	words := wordsOfScript(script)
	for _, env := range c.Envs {
		if slices.Contains(words, strings.ToLower(env.Name)) {
			return env
		}
	}
	if len(words) == 0 || stageOfName(script) != productionStage {
		return nil
	}
	for _, env := range c.Envs {
		if stageOfName(env.Name) == productionStage {
			return env
		}
	}
	return nil
}

// namesakeFile is the file beside that of w for which a script is named, as "deploy:production" is for wrangler.production.toml;
// nil if there is none, or the script deploys it as well.
func namesakeFile(d *scripts.Deploy, w *deployedWorker, all []*deployedWorker) *wrangler.Config {
	words := wordsOfScript(d.Name)
	if len(words) == 0 || d.Config != "" {
		return nil
	}
	for _, other := range all {
		of := wordsOfFile(other.config)
		beside := filepath.Dir(other.config.Path) == filepath.Dir(w.config.Path)
		if !beside || len(of) == 0 || slices.ContainsFunc(of, func(word string) bool { return !slices.Contains(words, word) }) {
			continue
		}
		if !slices.ContainsFunc(other.deploys, func(o *scripts.Deploy) bool { return o.File == d.File && o.Name == d.Name }) {
			return other.config
		}
	}
	return nil
}

// wordsOfScript are those of which the name of a script that deploys something in particular is made; none of another.
func wordsOfScript(name string) []string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune(":-_./ ", r) })
	if len(words) < 2 || !slices.Contains(words, "deploy") {
		return nil
	}
	return words
}

// wordsOfFile are what the name of a configuration has beside that for which wrangler looks: "production" of
// wrangler.production.toml.
func wordsOfFile(c *wrangler.Config) []string {
	name := strings.ToLower(filepath.Base(c.Path))
	name, _ = strings.CutPrefix(strings.TrimSuffix(name, filepath.Ext(name)), "wrangler")
	return strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(":-_. ", r) })
}

// namedByFile: wrangler reads CLOUDFLARE_ENV from .env files, too.
func namedByFile(p *check.Project, c *wrangler.Config) bool {
	return slices.ContainsFunc([]string{".env", ".env.local"}, func(name string) bool {
		path := filepath.Join(filepath.Dir(c.Path), name)
		if !p.Has(path) {
			return false
		}
		src, err := p.ReadFile(path)
		return err == nil && strings.Contains(string(src), "CLOUDFLARE_ENV")
	})
}
