package wrangler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// section is a place where bindings of one type are declared: a list of tables, or one table.
type section struct {
	path     string // its key, or where the list lies in the table of its key
	typ      Type
	form     form
	name     string   // the entry's key that holds the name in code
	resource []string // the entry's keys that say which resource is meant, the first there is
}

// form is how bindings are declared: each in a table of a list, or the only one in a table.
type form int

const (
	many form = iota
	one
)

// sections lists all of them. Where one is inherited, so are its bindings; see keys.
var sections = []section{
	{"kv_namespaces", KVNamespace, many, "binding", []string{"id"}},
	{"r2_buckets", R2Bucket, many, "binding", []string{"bucket_name"}},
	{"d1_databases", D1, many, "binding", []string{"database_id"}},
	{"durable_objects.bindings", DurableObject, many, "name", []string{"class_name"}},
	{"queues.producers", Queue, many, "binding", []string{"queue"}},
	{"services", Service, many, "binding", []string{"service"}},
	{"workflows", Workflow, many, "binding", []string{"name"}},
	{"ai", AI, one, "binding", nil},
	{"browser", Browser, one, "binding", nil},
	{"analytics", Analytics, one, "binding", nil},
	{"images", Images, one, "binding", nil},
	{"stream", Stream, one, "binding", nil},
	{"media", Media, one, "binding", nil},
	{"version_metadata", VersionMetadata, one, "binding", nil},
	{"vectorize", Vectorize, many, "binding", []string{"index_name"}},
	{"hyperdrive", Hyperdrive, many, "binding", []string{"id"}},
	{"analytics_engine_datasets", AnalyticsEngine, many, "binding", []string{"dataset"}},
	{"dispatch_namespaces", Dispatch, many, "binding", []string{"namespace"}},
	{"mtls_certificates", MTLS, many, "binding", []string{"certificate_id"}},
	{"send_email", SendEmail, many, "name", nil},
	{"pipelines", Pipeline, many, "binding", []string{"stream", "pipeline"}},
	{"k2", K2, many, "binding", []string{"stream"}},
	{"secrets_store_secrets", SecretsStore, many, "binding", []string{"secret_name"}},
	{"ratelimits", RateLimit, many, "name", []string{"namespace_id"}},
	{"worker_loaders", WorkerLoader, many, "binding", nil},
	{"vpc_services", VPCService, many, "binding", []string{"service_id"}},
	{"vpc_networks", VPCNetwork, many, "binding", []string{"tunnel_id", "network_id"}},
	{"ai_search", AISearch, many, "binding", []string{"instance_name"}},
	{"ai_search_namespaces", AISearchNS, many, "binding", []string{"namespace"}},
	{"agent_memory", AgentMemory, many, "binding", []string{"namespace"}},
	{"artifacts", Artifacts, many, "binding", []string{"namespace"}},
	{"flagship", Flagship, many, "binding", []string{"app_id"}},
	{"unsafe_hello_world", HelloWorld, many, "binding", nil},
	{"logfwdr.bindings", LogForwarder, many, "name", []string{"destination"}},
	{"unsafe.bindings", Unsafe, many, "name", nil},
	{"assets", Assets, one, "binding", nil},
}

func sectionOf(path string) section {
	for _, s := range sections {
		if s.path == path {
			return s
		}
	}
	return section{}
}

// bindingsIn returns the bindings of every section, ordered as in the file, given what stands under a key.
func bindingsIn(value func(key string) *syntax.Node) []*Binding {
	var bindings []*Binding
	for _, s := range sections {
		bindings = append(bindings, s.bindings(value)...)
	}
	slices.SortStableFunc(bindings, func(a, b *Binding) int {
		return cmp.Compare(a.Node.Span.Start, b.Node.Span.Start)
	})
	return bindings
}

// bindings returns those of one section; entries that are no tables are left out.
func (s section) bindings(value func(key string) *syntax.Node) []*Binding {
	key, rest, nested := strings.Cut(s.path, ".")
	n := value(key)
	if nested {
		n = n.Get(rest)
	}
	entries := items(n)
	if s.form == one {
		entries = []*syntax.Node{n}
	}
	var bindings []*Binding
	for _, entry := range entries {
		// Assets without a binding are served, not bound.
		if entry.Is(syntax.Table) && (s.typ != Assets || entry.Get(s.name) != nil) {
			bindings = append(bindings, &Binding{Type: s.typ, Section: s.path, Name: entry.Get(s.name), Node: entry})
		}
	}
	return bindings
}

// Previews returns what the environment's own previews block binds, ordered as in the file. Previews (wrangler preview)
// get these bindings and none of the environment's.
func (e *Environment) Previews() []*Binding {
	block := own(e.Node, "previews")
	return bindingsIn(func(key string) *syntax.Node { return own(block, key) })
}

// Of returns the bindings of one type.
func (e *Environment) Of(t Type) []*Binding {
	var of []*Binding
	for _, b := range e.Bindings {
		if b.Type == t {
			of = append(of, b)
		}
	}
	return of
}

// Field returns the entry's value under key; nil if absent.
func (b *Binding) Field(key string) *syntax.Node { return b.Node.Get(key) }

// Resource returns the value that says which resource is meant: id of a KV namespace, bucket_name, database_id,
// queue, service, class_name, index_name …; nil if absent or the type has none (AI).
func (b *Binding) Resource() *syntax.Node {
	for _, key := range sectionOf(b.Section).resource {
		if n := b.Node.Get(key); n != nil {
			return n
		}
	}
	return nil
}

// Text is the binding's name in code, "" if it has none.
func (b *Binding) Text() string { return b.Name.Str() }
