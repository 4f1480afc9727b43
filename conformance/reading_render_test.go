//go:build npm

package conformance

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// listed are the sections that hold a list of bindings, single those that hold one.
var (
	listed = []string{
		"kv_namespaces", "r2_buckets", "d1_databases", "durable_objects.bindings", "queues.producers", "services", "workflows",
		"vectorize", "hyperdrive", "analytics_engine_datasets", "dispatch_namespaces", "mtls_certificates", "send_email",
		"pipelines", "k2", "agent_memory", "secrets_store_secrets", "ratelimits", "worker_loaders", "vpc_services", "vpc_networks", "ai_search",
		"ai_search_namespaces", "artifacts", "flagship", "unsafe_hello_world", "logfwdr.bindings", "unsafe.bindings",
	}
	// passedOn are keys whose value wrangler hands on as it is written.
	passedOn = []string{
		"compatibility_flags", "workers_dev", "preview_urls", "route", "routes", "limits", "placement", "migrations", "exports",
		"observability", "logpush", "minify", "keep_names", "access", "cache", "compliance_region", "tail_consumers", "connect",
		"define", "secrets", "keep_vars", "addresses",
	}
	single = []string{"ai", "analytics", "browser", "images", "stream", "media", "version_metadata", "assets"}
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
	for _, key := range passedOn {
		if n := e.Value(key); n != nil && !cmp.Equal(value(n), defaults[key]) {
			out[key] = value(n)
		}
	}
	if node := e.Config.File.Root.Get("env"); node == nil || node.Is(syntax.Table) {
		var environments []string
		for _, e := range e.Config.Envs {
			environments = append(environments, e.Name)
		}
		slices.Sort(environments)
		out["environments"] = environments
	}
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
		entries, _ := holder[key].([]any)
		tables := slices.DeleteFunc(entries, func(entry any) bool { _, table := entry.(map[string]any); return !table })
		if len(tables) > 0 {
			out[section] = tables
		}
	}
	for _, key := range passedOn {
		if v := config[key]; v != nil && !cmp.Equal(v, defaults[key]) {
			out[key] = v
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

// defaults are what wrangler fills in for keys that are not there.
var defaults = map[string]any{
	"compatibility_flags": []any{}, "migrations": []any{}, "exports": map[string]any{}, "define": map[string]any{}, "connect": []any{},
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
		switch {
		case math.IsNaN(n.Number):
			return "NaN"
		case math.IsInf(n.Number, 0):
			return strings.TrimPrefix(fmt.Sprintf("%+vinity", n.Number), "+")
		}
		return n.Number
	case syntax.Datetime:
		return "a date"
	case syntax.Bool:
		return n.Bool
	case syntax.Null:
		return nil
	}
	return n.Text
}
