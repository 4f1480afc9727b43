package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// A workerKey is a key of the top level or an environment that people write as
// `key = value`, so that a table above can swallow it. Its two judgements are of a
// variable of that name; a nil one never holds.
type workerKey struct {
	certain func(*syntax.Node) bool // no variable looks like this
	likely  func(*syntax.Node) bool // hardly one does
	instead string                  // what to do, when moving it does not help
}

// workerKeys leaves out what has a meaning of its own in some table (name, limits,
// stream …) and what nobody writes on one line. From wrangler's configuration schema, 4.86.
var workerKeys = map[string]workerKey{
	"routes":                    {certain: isZonedRoutes, likely: isRoutes},
	"route":                     {likely: isRoute},
	"kv_namespaces":             {certain: tablesWith("binding")},
	"r2_buckets":                {certain: tablesWith("binding")},
	"d1_databases":              {certain: tablesWith("binding")},
	"hyperdrive":                {certain: tablesWith("binding")},
	"analytics_engine_datasets": {certain: tablesWith("binding")},
	"durable_objects":           {certain: tableWith("bindings")},
	"tail_consumers":            {certain: tablesWith("service")},
	"services":                  {likely: tablesWith("binding")},
	"vectorize":                 {likely: tablesWith("binding")},
	"workflows":                 {likely: tablesWith("binding")},
	"send_email":                {likely: tablesWith("name")},
	"ratelimits":                {likely: tablesWith("name")},
	"migrations":                {likely: tablesWith("tag")},
	"queues":                    {likely: tableWith("producers", "consumers")},
	"triggers":                  {likely: tableWith("crons")},
	"observability":             {likely: tableWith("enabled", "logs", "traces")},
	"placement":                 {likely: tableWith("mode")},
	"assets":                    {likely: tableWith("directory", "binding")},
	"vars":                      {likely: isKind(syntax.Table)},
	"compatibility_date":        {likely: matches(`^\d{4}-\d{2}-\d{2}$`)},
	"compatibility_flags":       {likely: isKind(syntax.Array)},
	"main":                      {likely: matches(`\.(ts|js|mjs|tsx|jsx|py)$`)},
	"workers_dev":               {likely: isKind(syntax.Bool)},
	"preview_urls":              {likely: isKind(syntax.Bool)},
	"logpush":                   {likely: isKind(syntax.Bool)},
	"minify":                    {likely: isKind(syntax.Bool)},
	"no_bundle":                 {likely: isKind(syntax.Bool)},
	"keep_vars":                 {likely: isKind(syntax.Bool)},
	"keep_names":                {likely: isKind(syntax.Bool)},
	"send_metrics":              {likely: isKind(syntax.Bool)},
	"upload_source_maps":        {likely: isKind(syntax.Bool)},
	"node_compat":               {likely: isKind(syntax.Bool), instead: `take it out, and write compatibility_flags = ["nodejs_compat"] at the top`},
	"account_id":                {},
	"base_dir":                  {},
	"tsconfig":                  {},
	"jsx_factory":               {},
	"jsx_fragment":              {},
	"pages_build_output_dir":    {},
}

// strictSections are the sections whose tables know none of workerKeys, and their tables within.
// Left out: free tables (define, alias, unsafe), and those with a wide schema of their own (containers, previews).
var strictSections = map[string][]string{
	"ai": nil, "assets": nil, "browser": nil, "build": nil, "dev": nil, "images": nil, "limits": nil, "media": nil,
	"placement": nil, "site": nil, "stream": nil, "triggers": nil, "version_metadata": nil,
	"observability":   {"logs", "traces"},
	"durable_objects": {"bindings"},
	"queues":          {"producers", "consumers"},
	"kv_namespaces":   nil, "r2_buckets": nil, "d1_databases": nil, "services": nil, "vectorize": nil, "hyperdrive": nil,
	"workflows": nil, "analytics_engine_datasets": nil, "tail_consumers": nil, "send_email": nil, "ratelimits": nil,
	"migrations": nil, "mtls_certificates": nil, "secrets_store_secrets": nil, "dispatch_namespaces": nil,
	"rules": nil, "cache": nil, "pipelines": nil, "streaming_tail_consumers": nil, "worker_loaders": nil,
	"logfwdr": {"bindings"},
}

// tablesWith: a list of tables that all have this key as a string.
func tablesWith(key string) func(*syntax.Node) bool {
	return func(n *syntax.Node) bool {
		return n.Is(syntax.Array) && len(n.Items) > 0 &&
			!slices.ContainsFunc(n.Items, func(item *syntax.Node) bool { return !item.Get(key).Is(syntax.String) })
	}
}

// tableWith: a table that has one of these keys.
func tableWith(keys ...string) func(*syntax.Node) bool {
	return func(n *syntax.Node) bool {
		return n.Is(syntax.Table) && slices.ContainsFunc(keys, func(key string) bool { return n.Field(key) != nil })
	}
}

func isKind(k syntax.Kind) func(*syntax.Node) bool {
	return func(n *syntax.Node) bool { return n.Is(k) }
}

func matches(expr string) func(*syntax.Node) bool {
	re := pattern.New(expr)
	return func(n *syntax.Node) bool { return n.Is(syntax.String) && re.MatchString(n.Text) }
}

// isRoute: "example.com/*", or a table with a pattern.
func isRoute(n *syntax.Node) bool {
	return hostPattern(n) || n.Get("pattern").Is(syntax.String)
}

func isRoutes(n *syntax.Node) bool {
	return n.Is(syntax.Array) && len(n.Items) > 0 &&
		!slices.ContainsFunc(n.Items, func(item *syntax.Node) bool { return !isRoute(item) })
}

// isZonedRoutes: each is a table with a pattern and what it is routed by, as only wrangler's are.
func isZonedRoutes(n *syntax.Node) bool {
	byZone := tableWith("zone_name", "zone_id", "custom_domain")
	return tablesWith("pattern")(n) && !slices.ContainsFunc(n.Items, func(item *syntax.Node) bool { return !byZone(item) })
}

var hostPattern = matches(`^[^/]+\.[^/]+(/.*)?$`)
