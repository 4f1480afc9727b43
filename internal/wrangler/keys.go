package wrangler

import (
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// IsKey says whether wrangler knows a key of this name at the top level of a file.
func IsKey(name string) bool { return keyNamed(name) != nil }

// kind says where the value of a key comes from.
type kind int

const (
	topOnly        kind = iota // from the top level only; in an environment wrangler does not know the key
	inheritable                // from the environment, else from the top level: as a whole, never merged
	notInheritable             // from the environment only
)

// key is a key that may stand at the top level or in an environment.
type key struct {
	name  string
	kind  kind
	value shape
}

// keys lists all that wrangler 4.164 knows.
var keys = append(append([]key{
	{"$schema", topOnly, text},
	{"env", topOnly, anything}, // see Config.judge
	{"legacy_env", topOnly, legacyEnv},
	{"send_metrics", topOnly, boolean},
	{"keep_vars", topOnly, boolean},
	{"addresses", topOnly, texts},
	{"dependencies_instrumentation", topOnly, instrumentation},
	{"pages_build_output_dir", topOnly, text},
	{"dev", topOnly, unlessNull(tolerant(dev, noTables...))},
	{"site", topOnly, site},
	{"alias", topOnly, byName(text)},
	{"wasm_modules", topOnly, modules},
	{"text_blobs", topOnly, modules},
	{"data_blobs", topOnly, modules},
	// Written by tools into the configurations that they generate; read over anywhere else.
	{"topLevelName", topOnly, anything},
	{"definedEnvironments", topOnly, anything},
	{"targetEnvironment", topOnly, anything},
	{"configPath", topOnly, anything},
	{"userConfigPath", topOnly, anything},
}, inheritableKeys...), bindingKeys...)

var inheritableKeys = []key{
	{"name", inheritable, workerName},
	{"account_id", inheritable, ignoredWhenEmpty(text)},
	{"compatibility_date", inheritable, compatibilityDate},
	{"compatibility_flags", inheritable, texts},
	{"main", inheritable, text},
	{"base_dir", inheritable, text},
	{"tsconfig", inheritable, text},
	{"jsx_factory", inheritable, text},
	{"jsx_fragment", inheritable, text},
	{"rules", inheritable, unlessFalsy(list(moduleRule))},
	{"find_additional_modules", inheritable, boolean},
	{"preserve_file_names", inheritable, boolean},
	{"no_bundle", inheritable, boolean},
	{"minify", inheritable, boolean},
	{"keep_names", inheritable, boolean},
	{"first_party_worker", inheritable, boolean},
	{"logpush", inheritable, boolean},
	{"upload_source_maps", inheritable, boolean},
	{"workers_dev", inheritable, boolean},
	{"preview_urls", inheritable, boolean},
	{"route", inheritable, ignoredWhenEmpty(route)},
	{"routes", inheritable, list(route)},
	{"triggers", inheritable, triggers},
	{"assets", inheritable, tolerant(assets, syntax.Array)},
	{"limits", inheritable, limits},
	{"placement", inheritable, placement},
	{"build", inheritable, unlessNull(tolerant(build, noTables...))},
	{"migrations", inheritable, unlessNull(list(migration))},
	{"exports", inheritable, unlessNull(exports)},
	{"logfwdr", inheritable, logForwarder},
	{"observability", inheritable, observability},
	{"access", inheritable, access},
	{"cache", inheritable, cache},
	{"compliance_region", inheritable, choice("public", "fedramp_high")},
	{"python_modules", inheritable, openTable(may("exclude", texts))},
	{"previews", inheritable, previews},
	{"node_compat", inheritable, nodeCompat},
}

// bindingKeys are those of bindings and of what goes with them: an environment inherits none.
var bindingKeys = []key{
	{"vars", notInheritable, vars},
	{"secrets", notInheritable, table(may("required", texts))},
	{"define", notInheritable, byName(text)},
	{"durable_objects", notInheritable, durableObjects},
	{"queues", notInheritable, notList("queues.producers or queues.consumers",
		table(may("producers", list(queueProducer)), may("consumers", list(queueConsumer))))},
	{"connect", notInheritable, connect},
	{"kv_namespaces", notInheritable, list(kvNamespace)},
	{"r2_buckets", notInheritable, list(r2Bucket)},
	{"d1_databases", notInheritable, list(d1Database)},
	{"services", notInheritable, list(service)},
	{"workflows", notInheritable, workflows},
	{"vectorize", notInheritable, list(binding(need("index_name", text), may("remote", boolean)))},
	{"hyperdrive", notInheritable, list(binding(need("id", text), may("localConnectionString", anything), may("remote", boolean)))},
	{"analytics_engine_datasets", notInheritable, list(binding(may("dataset", nonEmpty), may("remote", boolean)))},
	{"dispatch_namespaces", notInheritable, list(dispatchNamespace)},
	{"mtls_certificates", notInheritable, list(binding(need("certificate_id", nonEmpty), may("remote", boolean)))},
	{"send_email", notInheritable, list(sendEmail)},
	{"pipelines", notInheritable, list(pipeline)},
	{"k2", notInheritable, list(k2)},
	{"secrets_store_secrets", notInheritable, list(binding(need("store_id", text), need("secret_name", text)))},
	{"ratelimits", notInheritable, list(rateLimit)},
	{"worker_loaders", notInheritable, list(binding())},
	{"vpc_services", notInheritable, list(binding(need("service_id", text), may("remote", anything)))},
	{"vpc_networks", notInheritable, list(vpcNetwork)},
	{"ai_search", notInheritable, list(binding(need("instance_name", text), may("remote", boolean)))},
	{"ai_search_namespaces", notInheritable, list(binding(need("namespace", text), may("remote", boolean)))},
	{"agent_memory", notInheritable, list(binding(need("namespace", text), may("remote", boolean)))},
	{"artifacts", notInheritable, list(binding(need("namespace", text), may("remote", boolean)))},
	{"flagship", notInheritable, list(binding(may("app_id", text), may("remote", boolean)))},
	{"unsafe_hello_world", notInheritable, list(binding(may("enable_timer", boolean)))},
	{"tail_consumers", notInheritable, unlessFalsy(list(openTable(need("service", text), may("environment", text))))},
	{"streaming_tail_consumers", notInheritable, unlessFalsy(list(openTable(need("service", text))))},
	{"ai", notInheritable, openTable(need("binding", text), may("remote", boolean))},
	{"analytics", notInheritable, binding(may("remote", boolean))},
	{"browser", notInheritable, binding(may("remote", boolean))},
	{"images", notInheritable, binding(may("remote", boolean))},
	{"stream", notInheritable, binding(may("remote", boolean))},
	{"media", notInheritable, binding(may("remote", boolean))},
	{"version_metadata", notInheritable, openTable(need("binding", text))},
	{"containers", notInheritable, unlessFalsy(list(container))},
	{"cloudchamber", notInheritable, cloudchamber},
	{"unsafe", notInheritable, experimental(unsafeSettings)},
}

var keyByName = func() map[string]*key {
	byName := make(map[string]*key, len(keys))
	for i := range keys {
		byName[keys[i].name] = &keys[i]
	}
	return byName
}()

// keyNamed returns nil for a key that wrangler does not know.
func keyNamed(name string) *key { return keyByName[name] }

// workerName: upper case and dots have no place in a host name.
var workerName = matching(pattern.New(`^$|^[a-z0-9_][a-z0-9-_]*$`),
	"lower-case letters, digits, - and _ only, and no - in front")

// legacyEnv once chose between environments that are Workers of their own and parts of one Worker.
func legacyEnv(r *report, path string, n *syntax.Node) {
	p := r.refuse(n.Span, "%q is no longer supported", path)
	p.Help = "remove it: each environment is a Worker of its own, NAME-ENV"
	if n.Bool {
		p.Help = "remove it: wrangler does the same without it"
	}
}
