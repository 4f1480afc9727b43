//go:build npm

package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// listed are the sections that hold a list of bindings, single those that hold one.
var (
	listed = []string{
		"kv_namespaces", "r2_buckets", "d1_databases", "durable_objects.bindings", "queues.producers", "services", "workflows",
		"vectorize", "hyperdrive", "analytics_engine_datasets", "dispatch_namespaces", "mtls_certificates", "send_email",
		"pipelines", "secrets_store_secrets", "ratelimits", "worker_loaders", "vpc_services", "vpc_networks", "ai_search",
		"ai_search_namespaces", "artifacts", "flagship", "unsafe_hello_world", "logfwdr.bindings", "unsafe.bindings",
	}
	single = []string{"ai", "browser", "images", "stream", "media", "version_metadata", "assets"}
)

// rendered shows an environment in the shape of normalized.
func rendered(e *wrangler.Environment) map[string]any {
	out := map[string]any{
		"name":               e.WorkerName(),
		"account_id":         e.AccountID.Str(),
		"main":               e.Main.Str(),
		"compatibility_date": e.CompatibilityDate.Str(),
	}
	vars := map[string]any{}
	for _, v := range e.Vars {
		vars[v.Name] = value(v.Value)
	}
	out["vars"] = vars
	for _, b := range e.Bindings {
		entries, _ := out[b.Section].([]any)
		out[b.Section] = append(entries, value(b.Node))
	}
	var environments []string
	for _, e := range e.Config.Envs {
		environments = append(environments, e.Name)
	}
	slices.Sort(environments)
	out["environments"] = environments
	return out
}

// normalized takes from wrangler's configuration what Environment claims to know.
func normalized(config map[string]any) map[string]any {
	out := map[string]any{}
	for _, key := range []string{"name", "account_id", "main", "compatibility_date"} {
		text, _ := config[key].(string)
		out[key] = text
	}
	var environments []string
	defined, _ := config["definedEnvironments"].([]any)
	for _, name := range defined {
		environments = append(environments, fmt.Sprint(name))
	}
	slices.Sort(environments)
	out["environments"] = environments

	vars, _ := config["vars"].(map[string]any) // an array passes, and means nothing
	out["vars"] = vars
	if vars == nil {
		out["vars"] = map[string]any{}
	}
	for _, section := range listed {
		holder, key := config, section
		if table, rest, nested := strings.Cut(section, "."); nested {
			holder, _ = config[table].(map[string]any)
			key = rest
		}
		if entries, _ := holder[key].([]any); len(entries) > 0 {
			out[section] = entries
		}
	}
	for _, section := range single {
		entry, _ := config[section].(map[string]any)
		if entry != nil && (section != "assets" || entry["binding"] != nil) {
			out[section] = []any{entry}
		}
	}
	return out
}

// value turns a node into what JSON makes of it.
func value(n *syntax.Node) any {
	switch n.Kind {
	case syntax.Table:
		table := map[string]any{}
		for _, field := range n.Fields {
			table[field.Name] = value(field.Value)
		}
		return table
	case syntax.Array:
		array := []any{}
		for _, item := range n.Items {
			array = append(array, value(item))
		}
		return array
	case syntax.Integer, syntax.Float:
		return n.Number
	case syntax.Bool:
		return n.Bool
	case syntax.Null:
		return nil
	}
	return n.Text
}
