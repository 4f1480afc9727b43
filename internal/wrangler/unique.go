package wrangler

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// bound is a name in code with the place where it is given, and the kind of thing it names.
type bound struct {
	name    string
	at      syntax.Span
	kind    string
	guessed bool // it is a key of a table that names nothing
}

// asText is a value as JavaScript writes it.
func asText(n *syntax.Node) string {
	switch n.Kind {
	case syntax.Table:
		return "[object Object]"
	case syntax.Array:
		var items []string
		for _, item := range n.Items {
			items = append(items, asText(item))
		}
		return strings.Join(items, ",")
	case syntax.Integer, syntax.Float:
		return strconv.FormatFloat(n.Number, 'f', -1, 64)
	}
	return n.Text
}

// holdsTable says whether a value is a table, or an array with one in it.
func holdsTable(n *syntax.Node) bool {
	return n.Is(syntax.Table) || slices.ContainsFunc(items(n), holdsTable)
}

// uniqueNames refuses a name in code that is given twice, with wrangler's holes and false hits:
// see namesIn. Names of send_email and ratelimits are not compared.
func (r *report) uniqueNames(e *Environment) {
	first := map[string]bound{}
	for _, b := range r.boundNames(e) {
		if b.name == "ASSETS" && e.Config.Pages {
			r.refuse(b.at, "the name %q is taken in a Pages project", b.name).Help = "rename the " + b.kind
		}
		if slices.Contains(inherited, b.name) {
			r.refuse(b.at, "the name %q is one that every object has in JavaScript: wrangler breaks off at it", b.name).
				Help = "rename the " + b.kind
			continue
		}
		earlier, taken := first[b.name]
		if !taken {
			first[b.name] = b
			continue
		}
		if earlier.at.Start > b.at.Start {
			earlier, b = b, earlier
		}
		line := e.Config.File.Position(earlier.at.Start).Line
		p := r.refuse(b.at, "the name %q is given twice: to this %s, and to the %s in line %d", b.name, b.kind, earlier.kind, line)
		p.Help = "rename one: code sees a single env." + b.name
		if b.guessed || earlier.guessed {
			p.Help = "rename the variable: wrangler takes the keys of a section that has no binding for names"
		}
	}
}

// inherited are the names that an object without any has all the same.
var inherited = []string{
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
	"__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
}

// groups are the keys whose names must differ from each other, with what they name.
var groups = []struct{ key, kind string }{
	{"data_blobs", "data blob"}, {"text_blobs", "text blob"}, {"wasm_modules", "Wasm module"},
	{"vars", "variable"}, {"durable_objects", "Durable Object"}, {"kv_namespaces", "KV namespace"},
	{"send_email", "email binding"}, {"queues", "queue"}, {"d1_databases", "D1 database"},
	{"vectorize", "Vectorize index"}, {"ai_search_namespaces", "AI Search namespace"}, {"ai_search", "AI Search instance"},
	{"agent_memory", "agent memory"}, {"hyperdrive", "Hyperdrive configuration"}, {"r2_buckets", "R2 bucket"}, {"logfwdr", "log forwarder"},
	{"services", "service"}, {"analytics_engine_datasets", "Analytics Engine dataset"}, {"browser", "browser"},
	{"analytics", "analytics binding"}, {"ai", "AI binding"}, {"images", "images binding"}, {"stream", "stream binding"}, {"media", "media binding"},
	{"version_metadata", "version metadata"}, {"unsafe", "unsafe binding"}, {"dispatch_namespaces", "dispatch namespace"},
	{"mtls_certificates", "mTLS certificate"}, {"workflows", "workflow"}, {"pipelines", "pipeline"},
	{"k2", "K2 stream"}, {"secrets_store_secrets", "Secrets Store secret"}, {"artifacts", "artifacts binding"}, {"ratelimits", "rate limit"},
	{"assets", "assets binding"}, {"unsafe_hello_world", "hello-world binding"}, {"flagship", "Flagship binding"},
	{"worker_loaders", "Worker loader"}, {"vpc_services", "VPC service"}, {"vpc_networks", "VPC network"},
}

// boundNames lists the names that wrangler compares.
func (r *report) boundNames(e *Environment) []bound {
	var all []bound
	for _, g := range groups {
		n := e.Value(g.key)
		switch g.key {
		case "queues":
			n = n.Get("producers")
		case "durable_objects": // whose bindings wrangler fills in
			if n.Get("bindings") == nil {
				continue
			}
		case "wasm_modules", "text_blobs", "data_blobs": // whose values wrangler has made paths by then
			if n.Get("binding") != nil {
				continue
			}
		}
		if e.Config.File.Format == syntax.TOML && holdsTable(n.Get("binding")) {
			r.refuse(n.Get("binding").Span, "wrangler takes a %s called binding for a name, and breaks off at a table", g.kind).
				Help = "rename it"
			continue
		}
		for _, b := range namesIn(n) {
			b.kind = g.kind
			b.guessed = b.guessed && !slices.Contains([]string{"vars", "wasm_modules", "text_blobs", "data_blobs"}, g.key)
			all = append(all, b)
		}
	}
	for _, secret := range items(e.Value("secrets").Get("required")) {
		all = append(all, bound{name: secret.Str(), at: secret.Span, kind: "secret"})
	}
	return all
}

// namesIn guesses the names from the form of the value, as wrangler does: so a list in which one entry lacks its
// name gives none at all, and a table without one gives its own keys, those of [assets] included.
func namesIn(n *syntax.Node) []bound {
	if list := n.Get("bindings"); list.Is(syntax.Array) {
		if names, ok := namesUnder("name", list); ok {
			return names
		}
	}
	if n.Is(syntax.Array) {
		names, _ := namesUnder("binding", n)
		return names
	}
	if name := n.Get("binding"); name != nil {
		return []bound{{name: asText(name), at: name.Span}}
	}
	var names []bound
	for _, field := range lastFields(n) {
		names = append(names, bound{name: field.Name, at: field.NameAt, guessed: true})
	}
	return names
}

// namesUnder returns the string that each entry has under key; ok is false, and there are none, if one has not.
func namesUnder(key string, list *syntax.Node) (names []bound, ok bool) {
	for _, entry := range list.Items {
		name := entry.Get(key)
		if !name.Is(syntax.String) {
			return nil, false
		}
		names = append(names, bound{name: name.Text, at: name.Span})
	}
	return names, true
}
