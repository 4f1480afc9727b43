package wrangler

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

var (
	dev = table(may("ip", text), may("inspector_ip", text), may("host", text), may("container_engine", text),
		may("port", number), may("inspector_port", number),
		may("local_protocol", choice("http", "https")), may("upstream_protocol", choice("http", "https")),
		may("enable_containers", boolean), may("generate_types", boolean))

	modules = tolerant(byName(text), scalars...)

	build = table(may("command", text), may("cwd", text), may("watch_dir", either("a string or an array of strings",
		map[syntax.Kind]shape{syntax.String: text, syntax.Array: texts})))

	site = table(need("bucket", text), may("include", texts), may("exclude", texts),
		may("entry-point", deprecated(text, "write main = … at the top level instead")))

	assets = table(may("directory", text), may("binding", text),
		may("html_handling", choice("auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none")),
		may("not_found_handling", choice("single-page-application", "404-page", "none")), may("base_path", text),
		may("run_worker_first", either("true, false or an array of strings",
			map[syntax.Kind]shape{syntax.Bool: boolean, syntax.Array: texts})))

	moduleRule = openTable(need("type", choice("ESModule", "CommonJS", "CompiledWasm", "Text", "Data")),
		need("globs", texts), may("fallthrough", boolean))

	migration = table(need("tag", text), may("new_classes", texts), may("new_sqlite_classes", texts),
		may("deleted_classes", texts),
		may("renamed_classes", list(openTable(need("from", text), need("to", text)))),
		may("transferred_classes", list(openTable(need("from", text), need("from_script", text), need("to", text)))))

	cache = table(need("enabled", boolean), may("cross_version_cache", boolean))

	access = tolerant(table(may("dev", unlessNull(tolerant(table(need("aud", text), may("identity", object)))))), syntax.Array)

	instrumentation = tolerant(table(may("enabled", boolean), may("exclude_packages", texts)), syntax.Array)

	cloudchamber = both(
		openTable(may("memory", text), may("image", text), may("location", text), may("ipv4", boolean),
			may("vcpu", number), may("instance_type", instanceType)),
		func(r *report, path string, n *syntax.Node) {
			r.exclusive(path, n, "instance_type", "memory")
			r.exclusive(path, n, "instance_type", "vcpu")
		})

	unsafeSettings = table(
		may("bindings", list(openTable(need("name", text), need("type", text)))),
		may("metadata", openTable()),
		may("capnp", capnp))
)

// limits: what is no table is let pass, as are keys other than these two.
func limits(r *report, path string, n *syntax.Node) {
	if n.Is(syntax.Table) {
		r.fields(path, n, []field{may("cpu_ms", number), may("subrequests", number)})
	}
}

// capnp is either compiled, or sources to compile.
func capnp(r *report, path string, n *syntax.Node) {
	if n = r.table(path, n); n == nil {
		return
	}
	if n.Field("compiled_schema") == nil {
		r.fields(path, n, []field{need("base_path", text), need("source_schemas", texts)})
		return
	}
	r.fields(path, n, []field{may("compiled_schema", text)})
	r.exclusive(path, n, "compiled_schema", "base_path")
	r.exclusive(path, n, "compiled_schema", "source_schemas")
}

// route is a pattern, or a table with a pattern and one of zone_id, zone_name and custom_domain.
func route(r *report, path string, n *syntax.Node) {
	if n.Is(syntax.String) {
		nonEmpty(r, path, n)
		return
	}
	if !r.expect(path, n, "a string or a table", syntax.Table) {
		return
	}
	fields := []field{need("pattern", text), may("zone_id", text), may("zone_name", text),
		may("custom_domain", boolean), may("enabled", boolean), may("previews_enabled", boolean)}
	r.fields(path, n, fields)
	r.exclusive(path, n, "zone_id", "zone_name")
	r.foreign(path, n, fieldNames(fields))
	domain := n.Field("custom_domain") != nil
	if !domain && n.Field("zone_id") == nil && n.Field("zone_name") == nil {
		p := r.missing(place(n), "%q lacks zone_name, zone_id or custom_domain", path)
		if len(n.Fields) == 1 && n.Get("pattern").Is(syntax.String) {
			p.Help = "write the pattern alone: Cloudflare finds its zone"
			// Without a path it could as well be meant for a custom domain.
			p.Repair = Repair{Value: n, Wanted: syntax.String, Guess: !strings.ContainsAny(n.Get("pattern").Text, "/*")}
		}
	}
	for _, name := range []string{"enabled", "previews_enabled"} {
		if f := n.Field(name); f != nil && !domain {
			r.missing(f.NameAt, "%q needs custom_domain beside it", name)
		}
	}
}

// placement is smart, with or without a hint, or targeted at one place.
func placement(r *report, path string, n *syntax.Node) {
	if n = r.table(path, n); n == nil {
		return
	}
	hint := n.Field("hint")
	targeted := false
	for _, name := range []string{"region", "host", "hostname"} {
		if f := n.Field(name); f != nil {
			if targeted {
				r.refuse(f.NameAt, "%q takes only one of region, host and hostname", path)
			}
			targeted = true
			if hint != nil {
				r.refuse(f.NameAt, "%q takes either hint or %s", path, name)
				return
			}
		}
	}
	switch {
	case hint != nil:
		r.fields(path, n, []field{need("mode", choice("off", "smart")), may("hint", text)})
		if !falsy(hint.Value) && n.Get("mode").Str() == "off" {
			r.refuse(hint.NameAt, "a hint needs mode = %q", "smart")
		}
	case targeted:
		r.fields(path, n, []field{may("mode", choice("targeted")), may("region", nonEmpty), may("host", nonEmpty), may("hostname", nonEmpty)})
	default:
		r.fields(path, n, []field{need("mode", choice("off", "smart", "targeted"))})
		if mode := n.Get("mode"); mode.Str() == "targeted" {
			r.missing(mode.Span, "%q names no place", path).Help = "add one of region, host and hostname"
		}
	}
}

// observability has to switch something on or off. Its own enabled is looked at only when that of logs and traces
// is no answer.
func observability(r *report, path string, n *syntax.Node) {
	if !r.expect(path, n, "a table", syntax.Table) {
		return
	}
	signal := []field{may("enabled", boolean), may("head_sampling_rate", samplingRate), may("destinations", texts), may("persist", boolean)}
	logs := table(append(signal, may("invocation_logs", boolean))...)
	table(may("enabled", anything), may("head_sampling_rate", samplingRate), may("redact_query_string", boolean),
		may("issues", table(may("enabled", boolean))),
		may("logs", tolerant(logs, syntax.Array)), may("traces", tolerant(table(signal...), syntax.Array)))(r, path, n)
	answered := false
	for _, signal := range []string{"logs", "traces", "issues"} {
		enabled := n.Get(signal, "enabled")
		answered = answered || enabled != nil
		if enabled.Is(syntax.Bool) {
			return
		}
	}
	switch enabled := n.Get("enabled"); {
	case len(r.config.File.Errors) > 0: // the answer may stand behind the mistake
	case enabled != nil:
		boolean(r, path+".enabled", enabled)
	case !answered:
		r.missing(place(n), "%q lacks enabled, logs.enabled, traces.enabled or issues.enabled", path)
	}
}

func samplingRate(r *report, path string, n *syntax.Node) {
	if r.expect(path, n, "a number", syntax.Integer, syntax.Float) && (n.Number < 0 || n.Number > 1) {
		r.refuse(n.Span, "%q must be between 0 and 1, not %s", path, n.Text)
	}
}

// previews holds the settings of preview deployments: nearly all the keys of bindings once more.
func previews(r *report, path string, n *syntax.Node) {
	fields := []field{may("logpush", boolean), may("observability", observability), may("limits", limits),
		may("placement", placement), may("cache", cache), may("containers", previewContainers),
		may("durable_objects", table(need("bindings", list(durableObject))))}
	for _, k := range bindingKeys {
		if !slices.Contains([]string{"secrets", "containers", "durable_objects", "cloudchamber", "vpc_networks",
			"agent_memory", "connect"}, k.name) {
			fields = append(fields, may(k.name, k.value))
		}
	}
	table(fields...)(r, path, n)
}

// compatibilityDate is anything that JavaScript takes for a date.
func compatibilityDate(r *report, path string, n *syntax.Node) {
	dashes := strings.ContainsAny(n.Text, "–—")
	if !r.expect(path, n, "a string", syntax.String) || !dashes && isJavaScriptDate(n.Text) {
		return
	}
	p := r.refuse(n.Span, "%q is no date: %q", path, n.Text)
	p.Help = "write it as YYYY-MM-DD"
	if dashes {
		p.Help = "write it with plain hyphens"
	}
}
