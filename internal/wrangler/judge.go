package wrangler

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// judge finds the Problems of a file that parsed. What wrangler says about missing inheritance
// ("exists at the top level, but not on env") is left to internal/check, which says it once and with its place.
func (c *Config) judge() {
	r := &report{config: c, env: c.Top}
	r.keys(c.Top)
	r.classes(c.Top)
	if env := c.File.Root.Get("env"); env != nil && !env.Is(syntax.Table) && !env.Is(syntax.Null) {
		r.warn(place(env), "%q must be a table, not %s: wrangler finds no environment in it", "env", env.Kind)
	}
	if nameless := c.File.Root.Get("env").Field(""); nameless != nil {
		r.warn(nameless.NameAt, `an environment without a name: --env "" is the top level, so that no command selects it`).
			Help = "give it a name"
	}
	c.Problems = r.sorted()
	for _, e := range append([]*Environment{c.Top}, c.Envs...) {
		e.judge()
	}
}

// judge finds the problems that concern one environment only.
func (e *Environment) judge() {
	r := &report{config: e.Config, env: e}
	switch {
	case e == e.Config.Top:
	case e.Node.Is(syntax.Array), e.Node.Is(syntax.Datetime):
		p := r.warn(place(e.Node), "%s must be a table, not %s: wrangler reads nothing in it", e.Label(), e.Node.Kind)
		p.Help = fmt.Sprintf("write [env.%s] with single brackets", e.Name)
		if e.Node.Is(syntax.Array) {
			p.Repair = Repair{Value: e.Node, Wanted: syntax.Table, Guess: true} // all that is in it comes to life
		}
	case r.expect("env."+e.Name, e.Node, "a table", syntax.Table):
		r.keys(e)
	}
	if e != e.Config.Top { // there they concern every environment
		r.classes(e)
	}
	r.entryPoint(e)
	r.uniqueNames(e)
	e.Problems = r.sorted()
}

// keys checks each key of the environment's own table.
func (r *report) keys(e *Environment) {
	fields, unknown := lastFields(e.Node), 0
	for _, field := range fields {
		if keyNamed(field.Name) == nil {
			unknown++
		}
	}
	r.problems = slices.Grow(r.problems, unknown) // of very many, none is copied
	for _, field := range fields {
		k := keyNamed(field.Name)
		switch {
		case k == nil:
			r.unknownKey(field, e)
		case k.kind == topOnly && e.Name != "":
			r.warn(field.NameAt, "%q belongs to the top level: wrangler ignores it in %s", field.Name, e.Label())
		default:
			k.value(r, field.Name, field.Value)
		}
	}
	if own(e.Node, "route") != nil {
		r.exclusive(e.Label(), e.Node, "route", "routes")
	}
}

func (r *report) unknownKey(field *syntax.Field, e *Environment) {
	p := r.warn(field.NameAt, "wrangler knows no key %q", field.Name)
	near, ok := nearKey(field.Name, r.knownKeys(e))
	switch help, stranger := strangers[field.Name]; {
	case stranger:
		p.Help = help
		if strings.HasPrefix(help, "take it out") {
			p.Repair = Repair{Obsolete: field, Guess: field.Name == "zone_id"} // which says where routes lead
		}
	case ok:
		if p.meant(field.Name, near); e.Node.Field(near) != nil {
			p.Repair = Repair{} // there already
		}
	}
	if e.Name == "" && r.holdsEnvironment(field) {
		p.Help = fmt.Sprintf("environments are declared under env: write env.%s", field.Name)
		p.Repair = Repair{Env: field, Guess: true} // what is in it comes to life
	}
}

// holdsEnvironment says whether an unknown key at the top level has the name of an environment and holds keys of one, as in
// [production.vars].
func (r *report) holdsEnvironment(field *syntax.Field) bool {
	declared := slices.ContainsFunc(r.config.Envs, func(e *Environment) bool { return e.Name == field.Name })
	return declared && slices.ContainsFunc(lastFields(field.Value), func(f *syntax.Field) bool { return keyNamed(f.Name) != nil })
}

// knownKeys are the names of the keys that may stand in an environment's table, listed when they are asked for first.
func (r *report) knownKeys(e *Environment) []string {
	if r.known == nil {
		for _, k := range keys {
			if k.kind != topOnly || e.Name == "" {
				r.known = append(r.known, k.name)
			}
		}
	}
	return r.known
}

// strangers are keys that people write and wrangler does not know, though none is mistyped, with what to do instead.
var strangers = map[string]string{
	"type":           "take it out: wrangler 1 knew it",
	"usage_model":    "take it out: earlier versions of wrangler knew it",
	"webpack_config": "take it out: wrangler 1 knew it, and wrangler now builds with esbuild",
	"zone_id":        "take it out: wrangler 1 knew it, and a zone is now named in each route",
	"crons":          "cron triggers are declared under triggers, as crons",
	"environment":    "environments are declared under env",
	"environments":   "environments are declared under env",
	"envs":           "environments are declared under env",
	"pages":          "take it out: a Pages project is one whose top level has pages_build_output_dir",
}

// entryPoint checks what main goes together with.
func (r *report) entryPoint(e *Environment) {
	site := e.Config.File.Root.Get("site").Field("entry-point")
	if site != nil && !falsy(site.Value) && e.Main != nil && !falsy(e.Main) {
		r.refuse(site.NameAt, "main and site.entry-point both name the entry point").Help = "remove site.entry-point"
	}
	if filepath.Ext(e.Main.Str()) != ".py" {
		return
	}
	for _, flag := range items(e.Value("compatibility_flags")) {
		if flag.Str() == "python_workers" {
			return
		}
	}
	r.missing(e.Main.Span, "a Worker in Python needs the compatibility flag %q", "python_workers")
}

// classes checks what declares the classes of an environment, its own and those inherited, against each other.
func (r *report) classes(e *Environment) {
	r.migrations(e)
	r.exports(e)
	r.containerLinks(e)
}

// migrations warns about Durable Objects of this Worker that neither a migration nor an export declares.
func (r *report) migrations(e *Environment) {
	if len(items(e.Value("migrations"))) > 0 || len(e.Config.File.Errors) > 0 {
		return
	}
	declared := map[string]bool{}
	for _, export := range e.durableObjectExports() {
		declared[export.Name] = live(export.Value)
	}
	if top := e.Config.Top; e != top && own(e.Node, "exports") == nil && e.Value("migrations") == top.Value("migrations") {
		for _, b := range top.Of(DurableObject) { // whose warning concerns every environment
			declared[b.Resource().Str()] = declared[b.Resource().Str()] || b.Field("script_name").Str() == ""
		}
	}
	for _, b := range e.Of(DurableObject) {
		class := b.Resource()
		if class.Is(syntax.String) && b.Field("script_name").Str() == "" && !declared[class.Text] {
			r.warn(class.Span, "Durable Object class %q has no migration", class.Text).
				Help = fmt.Sprintf(`add one: migrations with tag = "v1", new_sqlite_classes = [%q]`, class.Text)
		}
	}
}

// exclusive refuses two keys of one table.
func (r *report) exclusive(path string, n *syntax.Node, a, b string) {
	first, second := n.Field(a), n.Field(b)
	if first == nil || second == nil {
		return
	}
	if second.NameAt.Start < first.NameAt.Start {
		first, second = second, first
	}
	r.refuse(second.NameAt, "%q cannot stand beside %q in %s", second.Name, first.Name, path)
}

// joinStrangers makes one problem of the keys that one table does not know: it is an entry of another section, mostly. Keys
// of the top level are left alone: they strayed there one by one.
func (r *report) joinStrangers() {
	const most = 6 // names that are listed
	kept, count := r.problems[:0], 0
	for _, p := range r.problems {
		last := len(kept) - 1
		switch {
		case p.stranger == "" || keyNamed(p.stranger) != nil || last < 0 || kept[last].in != p.in || keyNamed(kept[last].stranger) != nil:
			kept, count = append(kept, p), 1
			continue
		case count == most:
			kept[last].Message += " and others"
		case count < most:
			kept[last].Message = strings.Replace(kept[last].Message, "knows no key ", "knows no keys ", 1) + fmt.Sprintf(", %q", p.stranger)
		}
		count++
	}
	r.problems = kept
}

// sorted returns the problems by place.
func (r *report) sorted() []Problem {
	r.joinStrangers()
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), strings.Compare(a.Message, b.Message))
	})
	return r.problems
}

// items returns what is in an array, nothing for any other value.
func items(n *syntax.Node) []*syntax.Node {
	if !n.Is(syntax.Array) {
		return nil
	}
	return n.Items
}

// place is where a message about a table or list as a whole points: its header, or the first of them, if it has one.
func place(n *syntax.Node) syntax.Span {
	switch {
	case n.Header != syntax.Span{}:
		return n.Header
	case n.Is(syntax.Array) && len(n.Items) > 0 && n.Items[0].Header != syntax.Span{}:
		return n.Items[0].Header
	}
	return n.Span
}
