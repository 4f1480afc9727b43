package wrangler

import (
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// exports says of classes that main exports what they are: the newer way to declare Durable Objects and workflows.
func exports(r *report, path string, n *syntax.Node) {
	if n = r.table(path, n); n == nil {
		return
	}
	for _, f := range lastFields(n) {
		exported(r, path+"."+f.Name, f)
	}
}

// exported is one class that is exported.
func exported(r *report, path string, f *syntax.Field) {
	if !r.expect(path, f.Value, "a table", syntax.Table) {
		return
	}
	switch f.Value.Get("type").Str() {
	case "durable-object":
		durableObjectExport(r, path, f)
	case "worker":
		table(may("type", anything), may("cache", table(need("enabled", boolean))))(r, path, f.Value)
	case "workflow":
		table(append(workflowSettings, may("type", anything), need("name", workflowName))...)(r, path, f.Value)
	default:
		r.fields(path, f.Value, []field{need("type", choice("durable-object", "worker", "workflow"))})
	}
}

var (
	exportStorage = choice("sqlite", "legacy-kv")
	identifier    = matching(pattern.New(`^[A-Za-z_$][A-Za-z0-9_$]*$`), "the name of a class in JavaScript")
)

// exportStates has the keys that an exported Durable Object takes in each state, besides type and state.
var exportStates = map[string][]field{
	"created":            {need("storage", exportStorage), may("container", nonEmpty)},
	"deleted":            {},
	"renamed":            {need("renamed_to", identifier)},
	"transferred":        {need("transferred_to", nonEmpty)},
	"expecting-transfer": {need("storage", exportStorage), need("transfer_from", nonEmpty), may("container", nonEmpty)},
}

// durableObjectExport is a class of Durable Objects, which is live, or was.
func durableObjectExport(r *report, path string, f *syntax.Field) {
	if f.Name == "" {
		r.refuse(f.NameAt, "an export needs a name")
	}
	n := f.Value
	state := exportState(n)
	fields, known := exportStates[state]
	if !known {
		r.fields(path, n, []field{may("state", choice("created", "deleted", "renamed", "transferred", "expecting-transfer"))})
		return
	}
	r.fields(path, n, fields)
	r.foreign(path, n, append(fieldNames(fields), "type", "state"))
	if to := n.Get("renamed_to"); state == "renamed" && to.Is(syntax.String) && to.Text == f.Name {
		r.refuse(to.Span, "%q is renamed to itself", path)
	}
	if container := n.Field("container"); container != nil && n.Get("storage").Str() == "legacy-kv" {
		r.refuse(container.NameAt, "%q cannot have a container with the storage %q", path, "legacy-kv").
			Help = `containers need storage = "sqlite"`
	}
}

// exportState is the state of an exported Durable Object; "" if it is no string.
func exportState(n *syntax.Node) string {
	if n.Field("state") == nil {
		return "created"
	}
	return n.Get("state").Str()
}

// durableObjectExports lists the Durable Objects that an environment exports.
func (e *Environment) durableObjectExports() (fields []*syntax.Field) {
	for _, f := range lastFields(e.Value("exports")) {
		if f.Value.Get("type").Str() == "durable-object" {
			fields = append(fields, f)
		}
	}
	return fields
}

// live says that an exported Durable Object is, or will be, a class of this Worker.
func live(export *syntax.Node) bool {
	state := exportState(export)
	return state == "created" || state == "expecting-transfer"
}

// exports checks what the exports of an environment go together with.
func (r *report) exports(e *Environment) {
	if objects := e.durableObjectExports(); len(objects) > 0 && len(items(e.Value("migrations"))) > 0 {
		r.refuse(objects[0].NameAt, "Durable Objects are declared both in exports and in migrations").
			Help = "keep one of them"
	}
	first := map[string]bool{}
	for _, f := range lastFields(e.Value("exports")) {
		name := f.Value.Get("name")
		if f.Value.Get("type").Str() != "workflow" || !name.Is(syntax.String) {
			continue
		}
		if first[name.Text] {
			r.refuse(name.Span, "two exported workflows are called %q", name.Text)
		}
		first[name.Text] = true
	}
}
