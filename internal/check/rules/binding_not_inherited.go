package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/source"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// binding-not-inherited: the top level has bindings or variables that an environment
// does not repeat. They are not inherited: in that environment they do not exist.
var bindingNotInherited = &check.Rule{
	ID:       "binding-not-inherited",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "an environment lacks bindings that the top level has",
	Explain:  explain("binding-not-inherited"),
	Seen:     check.Prevalence{Files: 52, Projects: 37},
	Config: func(p *check.Pass) {
		owners := ownersOf(p.Config)
		others, renamed := newExplainer(p), renamedIn(p)
		for _, env := range p.Config.Envs {
			if p.Config.Pages && !ofPages(env) {
				continue // pages-refused: there is no such environment
			}
			critical := p.Settings().CriticalFor(env.Name)
			if slices.ContainsFunc(others.torn, func(s tear) bool { return s.odd == env }) {
				continue // environment-name-typo: a part of another one
			}
			said := func(section, name string) bool {
				return !slices.Contains(critical, name) && others.explains(env, section, name)
			}
			if groups := without(missing(p.Config.Top, env), said); len(groups) > 0 {
				reportMissing(p.Of(env), groups, owners, renamed)
			}
		}
	},
}

// A missingGroup is what an environment lacks of one type.
type missingGroup struct {
	words    string              // "KV", "vars"
	section  string              // the key of the configuration they stand under
	names    []string            // in code
	places   []syntax.Span       // of the names, at the top level
	bindings []*wrangler.Binding // none for vars and what has no name
}

// missing lists what the top level has and env has not, by type and in file order. A name that env gives to another
// type counts as there: it may be meant. So does what stands under a key of the wrong shape, which wrangler refuses, under
// a misspelt one, or beside env where it should be in it.
func missing(top, env *wrangler.Environment) []*missingGroup {
	has := map[string]bool{}
	for _, b := range env.Bindings {
		has[b.Text()] = true
	}
	for _, v := range env.Vars {
		has[v.Name] = true
		if swallowed(env, v) { // key-in-wrong-table says that it is nothing yet
			for _, entry := range itemsOf(v.Value) {
				has[entry.Get("binding").Str()] = true
			}
		}
	}
	for _, value := range append(misnamed(env), astray(env)...) {
		addNames(has, value)
		for _, f := range fields(value.Get("vars")) {
			has[f.Name] = true
		}
	}
	var groups []*missingGroup
	add := func(words, section, name string, at syntax.Span, b ...*wrangler.Binding) {
		if has[name] || name == "" {
			return
		}
		has[name] = true // once, also where the top level gives it twice
		i := slices.IndexFunc(groups, func(g *missingGroup) bool { return g.words == words })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &missingGroup{words: words, section: section})
		}
		groups[i].names = append(groups[i].names, name)
		groups[i].places = append(groups[i].places, at)
		groups[i].bindings = append(groups[i].bindings, b...)
	}
	for _, b := range top.Bindings {
		inherited := b.Type == wrangler.Assets || b.Type == wrangler.LogForwarder
		if !inherited && !misshapen(env, top, b.Section) {
			add(typeWords(b.Type), b.Section, b.Text(), nameSpan(b), b)
		}
	}
	for _, v := range top.Vars {
		if !swallowed(top, v) {
			add("vars", "vars", v.Name, v.NameAt)
		}
	}
	for _, key := range nameless {
		f := top.Node.Field(key)
		if filled(f) && env.Node.Field(key) == nil {
			groups = append(groups, &missingGroup{words: key, section: key, places: []syntax.Span{f.NameAt}})
		}
	}
	// Consumers have no name either. An environment that has queues at all may do without.
	if f := top.Node.Get("queues").Field("consumers"); filled(f) && env.Node.Field("queues") == nil {
		groups = append(groups, &missingGroup{words: "queue consumers", section: "queues", places: []syntax.Span{f.NameAt}})
	}
	return groups
}

// without leaves out the names that another rule speaks of.
func without(groups []*missingGroup, said func(section, name string) bool) []*missingGroup {
	for _, g := range groups {
		for i := len(g.names) - 1; i >= 0; i-- {
			if !said(g.section, g.names[i]) {
				continue
			}
			g.names, g.places = slices.Delete(g.names, i, i+1), slices.Delete(g.places, i, i+1)
			if len(g.bindings) > 0 {
				g.bindings = slices.Delete(g.bindings, i, i+1)
			}
		}
	}
	return slices.DeleteFunc(groups, func(g *missingGroup) bool { return len(g.places) == 0 })
}

// misshapen says that what an environment has under the key of a section is of another kind than that of the top level.
func misshapen(env, top *wrangler.Environment, section string) bool {
	key, _, _ := strings.Cut(section, ".")
	own := env.Node.Get(key)
	return own != nil && !own.Is(top.Node.Get(key).Kind)
}

// nameless are the other keys that are not inherited: what stands under them has no name in code.
var nameless = []string{"tail_consumers", "streaming_tail_consumers", "containers", "define", "secrets"}

func filled(f *syntax.Field) bool { return f != nil && len(f.Value.Items)+len(f.Value.Fields) > 0 }

// swallowed says that key-in-wrong-table takes this variable for none.
func swallowed(env *wrangler.Environment, v wrangler.Var) bool {
	certain, likely := swallowedByVars(env, v.Name, v.Value)
	return certain || likely
}

// nameSpan is where a binding's name stands; zero if it has none.
func nameSpan(b *wrangler.Binding) syntax.Span {
	if b.Name == nil {
		return syntax.Span{}
	}
	return b.Name.Span
}

func reportMissing(p *check.Pass, groups []*missingGroup, owners []owner, others map[string]*wrangler.Binding) {
	critical := p.Settings().CriticalFor(p.Env.Name)
	found := p.Report(p.Env.NameAt, "%s lacks what the top level has: %s", the(p.Env), list(groups, critical)).
		Label("bindings and vars are not inherited").
		Help("repeat them under %s, each with the resource of that environment", tablePath(p.Env))
	if lacksOne(groups, critical) {
		found.Severity(check.Error)
	}
	var renamed []string // the headers that somebody believes to be the environment's, as they have to be
	for i, g := range groups {
		header, misplaced := headerUnder(p.Env, g, owners)
		switch {
		case misplaced && i < shownPlaces:
			found.Note(header, "this belongs to the top level, although it stands under [%s]", tablePath(p.Env))
		case i < shownPlaces:
			found.Note(g.places[0], "%s of the top level", g.words)
		}
		if misplaced {
			renamed = append(renamed, inEnvironment(p.Config.File.Slice(header), p.Env))
		}
	}
	fixMissing(found, p.Env, groups, owners, others)
	noteReader(p, found, groups)
	for _, g := range groups {
		noteRenamed(found, p.Env, others, g.names)
	}
	if len(renamed) > 0 {
		found.Help("a header has to name its environment: add %s, and keep what stands there if the top level is to have it",
			sentence(firstOf(slices.Compact(renamed))))
	}
}

// noteReader shows where code uses the first of the missing names that it uses at all.
func noteReader(p *check.Pass, found *check.Draft, groups []*missingGroup) {
	code := p.Project.Code(p.Env)
	if code == nil {
		return
	}
	for _, g := range groups {
		for _, name := range g.names {
			if i := slices.IndexFunc(code.Reads, func(u source.Use) bool { return u.Name == name }); i >= 0 {
				found.NoteUse(code, code.Reads[i], "the code uses %s here", name)
				return
			}
		}
	}
}

// tablePath is the environment's table as a TOML header names it.
func tablePath(env *wrangler.Environment) string {
	if bareKey.MatchString(env.Name) {
		return "env." + env.Name
	}
	return "env." + strconv.Quote(env.Name)
}

var bareKey = pattern.New(`^[A-Za-z0-9_-]+$`)

// list is "KV CACHE (critical), SESSIONS; vars LOG_LEVEL", the critical ones first, shortened where it gets long.
func list(groups []*missingGroup, critical []string) string {
	const most = 6 // names a group
	var parts []string
	for _, g := range groups {
		var names, rest []string
		for _, name := range g.names {
			if slices.Contains(critical, name) {
				names = append(names, name+" (critical)")
			} else {
				rest = append(rest, name)
			}
		}
		names = append(names, rest...)
		part := strings.TrimSpace(g.words + " " + strings.Join(names[:min(most, len(names))], ", "))
		if more := len(names) - most; more > 0 {
			part += fmt.Sprintf(" and %d more", more)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// lacksOne says whether one of the names is missing.
func lacksOne(groups []*missingGroup, names []string) bool {
	return slices.ContainsFunc(groups, func(g *missingGroup) bool {
		return slices.ContainsFunc(g.names, func(name string) bool { return slices.Contains(names, name) })
	})
}
