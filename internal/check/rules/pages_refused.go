package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// pages-refused: what the file of a Pages project may not say. The reader takes it; every wrangler pages command stops.
var pagesRefused = &check.Rule{
	ID:       "pages-refused",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "a Pages project says what only a Worker can",
	Explain:  explain("pages-refused"),
	Seen:     check.Prevalence{Files: 2, Projects: 2},
	Config: func(p *check.Pass) {
		if !p.Config.Pages || p.Config.File.Root.Get("pages_build_output_dir").Str() == "" {
			return
		}
		judgePagesName(p)
		judgePagesEnvironments(p)
		judgePagesKeys(p)
		judgePagesObjects(p)
	},
}

func judgePagesName(p *check.Pass) {
	if name := p.Config.Top.Worker; name != nil && strings.TrimSpace(name.Str()) != "" {
		return
	}
	p.Of(p.Config.Top).Report(p.Config.File.Root.Field("pages_build_output_dir").NameAt, "a Pages project has no name").
		Label("`wrangler pages deploy` stops, whatever its command line says").
		Help("write name = … at the top of the file: it is that of the project in all environments")
}

// ofPages says whether a Pages project can have this environment.
func ofPages(env *wrangler.Environment) bool {
	return env.Name == "preview" || env.Name == "production"
}

func judgePagesEnvironments(p *check.Pass) {
	others := slices.DeleteFunc(slices.Clone(p.Config.Envs), ofPages)
	if len(others) == 0 {
		return
	}
	var names []string
	for _, env := range others {
		names = append(names, fmt.Sprintf("%q", env.Name))
	}
	found := p.Of(others[0]).Report(others[0].NameAt, "a Pages project has no env %s", sentence(firstOf(names))).
		Label("`wrangler pages deploy` stops").
		Help(`its environments are "preview" and "production"; every branch but the production branch is a preview`).
		Also(others[1:]...)
	for _, env := range others[1:min(shownPlaces, len(others))] {
		found.Note(env.NameAt, "nor this one")
	}
}

// workersOnly are the keys with which wrangler pages deploy stops, tried with wrangler 4.86 and 4.164. Left out are those
// for which it depends on the value.
var workersOnly = []string{
	"main", "account_id", "route", "routes", "workers_dev", "preview_urls", "triggers", "assets", "site", "build", "define",
	"alias", "tsconfig", "minify", "logpush", "keep_vars", "find_additional_modules", "migrations", "containers",
	"workflows", "send_email", "dispatch_namespaces", "tail_consumers", "unsafe", "images", "pipelines",
	"secrets_store_secrets", "ratelimits",
}

// judgePagesKeys looks at the top level: an environment's keys are looked at only when that one is deployed.
func judgePagesKeys(p *check.Pass) {
	var keys []string
	var places []syntax.Span
	add := func(name string, at syntax.Span) { keys, places = append(keys, name), append(places, at) }
	for _, f := range p.Config.File.Root.Fields {
		switch {
		case (f.Value.Is(syntax.Array) || f.Value.Is(syntax.Table)) && !filled(f), f.Name == "build" && f.Value.Get("command") == nil:
			continue // like none at all
		case slices.Contains(workersOnly, f.Name) && p.Config.Top.Value(f.Name) != nil:
			add(f.Name, f.NameAt)
		case f.Name == "queues" && len(itemsOf(f.Value.Get("consumers"))) > 0:
			add("queue consumers", f.NameAt)
		}
	}
	if len(keys) == 0 {
		return
	}
	found := p.Of(p.Config.Top).Report(places[0], "a Pages project takes no %s", sentence(firstOf(keys))).
		Label("`wrangler pages deploy` stops").
		Note(p.Config.File.Root.Field("pages_build_output_dir").NameAt, "this makes it a Pages project").
		Help("take it out; or, to make a Worker of it, replace pages_build_output_dir by assets = { directory = … }")
	for _, at := range places[1:min(shownPlaces, len(places))] {
		found.Note(at, "nor this")
	}
}

// judgePagesObjects: the classes of Durable Objects live in a Worker, never in a Pages project.
func judgePagesObjects(p *check.Pass) {
	for _, b := range p.Config.Top.Of(wrangler.DurableObject) {
		if class := b.Resource(); class != nil && b.Field("script_name") == nil {
			p.Of(p.Config.Top).Report(class.Span, "Durable Object %q of a Pages project needs a script_name", b.Text()).
				Label("`wrangler pages deploy` stops").
				Help("name the Worker that has the class: script_name = …")
			return
		}
	}
}
