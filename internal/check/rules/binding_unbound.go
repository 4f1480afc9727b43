package rules

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/source"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// binding-unbound: the code uses a binding that an environment does not declare. What
// may be a secret, or is asked for before it is used, is left alone.
var bindingUnbound = &check.Rule{
	ID:       "binding-unbound",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "the code uses a binding that is not declared",
	Explain:  explain("binding-unbound"),
	Ties:     folderAlone,
	Project: func(p *check.Pass) {
		said := map[unboundIn]*check.Draft{}
		for _, c := range p.Project.Configs {
			judgeUnbound(p.Of(c.Top), said)
		}
	},
}

// unboundIn is code with the names, one after the other, that no environment of a file binds. Another file of the same code
// lacks them for the same reason.
type unboundIn struct {
	code  *source.Program
	names string
}

func judgeUnbound(p *check.Pass, said map[unboundIn]*check.Draft) {
	lacking, renamed, top := lackingIn(p), renamedIn(p), p.Config.Top
	everywhere := pick(lacking[top], func(l lack) bool { return l.elsewhere == nil })
	if code := (unboundIn{p.Project.Code(top), strings.Join(namesIn(everywhere), " ")}); said[code] != nil {
		_, at := entryOf(top)
		said[code].NoteIn(p.Config.File, at, "nor does any environment of this file")
	} else if len(everywhere) > 0 {
		said[code] = reportUnbound(p.Of(top), everywhere, renamed)
	}
	var atTop []lack
	if len(top.Bindings) > 0 { // else what environments have in common stands there, and nobody deploys it
		atTop = pick(lacking[top], func(l lack) bool { return l.elsewhere != nil })
	}
	for _, env := range p.Config.Envs {
		rest := pick(lacking[env], func(l lack) bool { return !l.in(everywhere) })
		if len(rest) == 0 {
			continue
		}
		found := reportUnbound(p.Of(env), rest, renamed)
		if both := pick(atTop, func(l lack) bool { return l.in(rest) }); len(both) > 0 {
			_, at := entryOf(top)
			found.Note(at, "the top level does not bind %s either", sentence(firstOf(namesIn(both)))).Also(top)
		}
	}
	atTop = pick(atTop, func(l lack) bool {
		return !slices.ContainsFunc(p.Config.Envs, func(env *wrangler.Environment) bool { return l.in(lacking[env]) })
	})
	if len(atTop) > 0 {
		reportUnbound(p.Of(top), atTop, renamed)
	}
}

// lackingIn lists what each environment of a file lacks, but for what other rules speak of.
func lackingIn(p *check.Pass) map[*wrangler.Environment][]lack {
	lacking := map[*wrangler.Environment][]lack{}
	others, isBeside := newExplainer(p), boundBeside(p)
	for _, env := range environments(p.Config) {
		lacking[env] = slices.DeleteFunc(lacks(p.Of(env)), func(l lack) bool {
			return isBeside(l.use.Name) || slices.ContainsFunc(l.sections(env), func(section string) bool {
				return others.explains(env, section, l.use.Name)
			})
		})
	}
	return lacking
}

// A lack is a name that code uses as a binding, and an environment does not declare.
type lack struct {
	use       source.Use
	elsewhere *wrangler.Binding // what another environment of the file binds under this name; nil if none does
	place     *wrangler.Environment
}

// in says whether the name is among those of others.
func (l lack) in(others []lack) bool {
	return slices.ContainsFunc(others, func(other lack) bool { return other.use.Name == l.use.Name })
}

func pick(all []lack, wanted func(lack) bool) (some []lack) {
	for _, l := range all {
		if wanted(l) {
			some = append(some, l)
		}
	}
	return some
}

func namesIn(all []lack) (names []string) {
	for _, l := range all {
		names = append(names, l.use.Name)
	}
	return names
}

// sections are those in which the name may have been meant to be declared: that of another environment, or those of bindings
// in this one that have the method which the code calls.
func (l lack) sections(env *wrangler.Environment) []string {
	if l.elsewhere != nil {
		return []string{l.elsewhere.Section}
	}
	sections := []string{""}
	for _, b := range env.Bindings {
		if slices.Contains(methodsOf[b.Type], l.use.Method) && !slices.Contains(sections, b.Section) {
			sections = append(sections, b.Section)
		}
	}
	return sections
}

// bindingMethods are called on bindings only: neither a string, which a secret is, nor a variable of JSON has them.
var bindingMethods = []string{
	"get", "put", "list", "delete", "getWithMetadata", "head", "createMultipartUpload", "prepare", "batch", "exec", "withSession",
	"idFromName", "idFromString", "newUniqueId", "getByName", "send", "sendBatch", "fetch", "connect", "writeDataPoint", "limit",
	"query", "upsert", "insert", "getByIds", "deleteByIds", "create", "createBatch", "run", "input",
}

// lacks lists the names that an environment's code uses as bindings without any being declared, in order of their use. What
// the top level has is binding-not-inherited's matter.
func lacks(p *check.Pass) []lack {
	code := p.Project.Code(p.Env)
	if code == nil {
		return nil
	}
	declared := declaredNames(p.Env)
	if p.Config.Pages {
		declared["ASSETS"] = true // Pages binds it
	}
	inheritable := map[string]bool{}
	if p.Env != p.Config.Top {
		inheritable = declaredNames(p.Config.Top)
	}
	guarded := map[string]bool{}
	for _, use := range code.Reads {
		guarded[use.Name] = guarded[use.Name] || use.Guarded
	}
	var all []lack
	for _, use := range code.Reads {
		name := use.Name
		if guarded[name] || declared[name] || inheritable[name] || !constantName.MatchString(name) {
			continue
		}
		place, elsewhere := boundElsewhere(p.Config, name)
		if elsewhere == nil && !slices.Contains(bindingMethods, use.Method) {
			continue // it may be a secret, which no file declares
		}
		declared[name] = true // once
		all = append(all, lack{use: use, elsewhere: elsewhere, place: place})
	}
	return all
}

// constantName: something called env may be another's; nobody writes other names in capitals.
var constantName = pattern.New(`^[A-Z][A-Z0-9_]*$`)

// declaredNames lists every name that an environment declares for its code. A section that bindery does not know yet, or one
// that is only for modules of old, counts like any other: whatever stands under binding or name, and the keys of a table.
func declaredNames(env *wrangler.Environment) map[string]bool {
	names := map[string]bool{}
	for _, n := range namesOf(env) {
		names[n.text] = true
	}
	var collect func(n *syntax.Node, top bool)
	collect = func(n *syntax.Node, top bool) {
		if n == nil {
			return
		}
		for _, item := range n.Items {
			names[item.Str()] = true // secrets.required
			collect(item, false)
		}
		for _, f := range n.Fields {
			if top && f.Name == "env" {
				continue
			}
			names[f.Name] = true
			if f.Name == "binding" || f.Name == "name" {
				names[f.Value.Str()] = true
			}
			collect(f.Value, false)
		}
	}
	collect(env.Node, true)
	for _, key := range []string{"wasm_modules", "text_blobs", "data_blobs", "unsafe"} { // of the top level alone
		collect(env.Value(key), false)
	}
	return names
}

// boundElsewhere finds what an environment of the file binds under a name.
func boundElsewhere(c *wrangler.Config, name string) (*wrangler.Environment, *wrangler.Binding) {
	for _, env := range environments(c) {
		for _, b := range env.Bindings {
			if b.Text() == name {
				return env, b
			}
		}
	}
	return nil, nil
}

func reportUnbound(p *check.Pass, lacking []lack, renamed map[string]*wrangler.Binding) *check.Draft {
	names := namesIn(lacking)
	at := p.Env.NameAt
	if p.Env == p.Config.Top {
		_, at = entryOf(p.Env)
	}
	first := lacking[0]
	who := the(p.Env) + " does not bind"
	if first.elsewhere == nil && p.Env == p.Config.Top && len(p.Config.Envs) > 0 {
		who = "no environment binds"
	}
	found := p.Report(at, "%s %s, which the code uses", who, sentence(firstOf(names)))
	switch {
	case first.elsewhere == nil:
		found.Label("env.%s is undefined when this runs", first.use.Name)
		found.Help("bind %s, or take %s out of the code%s", them(names), them(names), meantName(p.Env, first.use.Name))
	case p.Env == p.Config.Top:
		found.Severity(check.Info) // it may be that nobody deploys it
		if p.Config.Pages {
			found.Label("`wrangler pages dev` takes the top level").Help("bind %s at the top level too", them(names))
		} else {
			found.Label("`wrangler dev` and a deploy without --env take the top level").
				Help("bind %s at the top level too, or always name the environment", them(names))
		}
	default:
		found.Help("declare %s under %s.%s%s", them(names), tablePath(p.Env), first.elsewhere.Section, meantName(p.Env, first.use.Name))
	}
	code := p.Project.Code(p.Env)
	for _, l := range lacking[:min(shownPlaces, len(lacking))] {
		found.NoteUse(code, l.use, "%s is used here", l.use.Name)
		if l.elsewhere != nil {
			found.Note(l.elsewhere.Name.Span, "%s of %s", typeWords(l.elsewhere.Type), the(l.place))
		}
	}
	noteRenamed(found, p.Env, renamed, names)
	if first.elsewhere == nil && p.Env == p.Config.Top {
		found.Also(p.Config.Envs...)
	}
	return found
}

// entryOf is where an environment's code begins, and where its configuration says so. That of a Pages project is in a folder
// which no key names.
func entryOf(env *wrangler.Environment) (string, syntax.Span) {
	if env.Config.Pages {
		return "functions", env.Config.File.Root.Get("pages_build_output_dir").Span
	}
	return env.Main.Str(), env.Main.Span
}

func them(names []string) string {
	if len(names) == 1 {
		return "it"
	}
	return "them"
}

// meantName asks for a name of the environment that looks nearly the same.
func meantName(env *wrangler.Environment, name string) string {
	if near, ok := nearestBinding(env, name); ok {
		return "; or is " + near + " meant?"
	}
	return ""
}

func nearestBinding(env *wrangler.Environment, name string) (string, bool) {
	var bound []string
	for _, b := range env.Bindings {
		bound = append(bound, b.Text())
	}
	return syntax.Nearest(name, bound)
}
