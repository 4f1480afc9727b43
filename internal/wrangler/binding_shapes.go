package wrangler

import (
	"regexp"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// binding is an entry whose name in code stands under binding.
func binding(more ...field) shape {
	return table(append([]field{need("binding", text)}, more...)...)
}

var (
	kvNamespace = binding(may("id", nonEmpty), may("preview_id", text), may("remote", boolean))

	r2Bucket = binding(may("bucket_name", bucketName), may("preview_bucket_name", bucketName),
		may("jurisdiction", text), may("remote", boolean))

	bucketName = matching(regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`),
		"3 to 63 lower-case letters, digits and -, and no - at either end")

	d1Database = binding(may("database_id", text), may("preview_database_id", text), may("remote", boolean),
		may("database_name", anything), may("database_internal_env", anything),
		may("migrations_dir", anything), may("migrations_table", anything))

	service = openTable(need("binding", text), need("service", text),
		may("environment", text), may("entrypoint", text), may("remote", boolean))

	dispatchNamespace = openTable(need("binding", text), need("namespace", text), may("remote", boolean),
		may("outbound", openTable(need("service", text), may("environment", text), may("parameters", texts))))

	rateLimit = table(need("name", text), need("namespace_id", text),
		need("simple", table(need("limit", number), need("period", tenOrSixty))))

	queueConsumer = table(need("queue", text), may("type", choice("worker")), may("dead_letter_queue", text),
		may("max_batch_size", number), may("max_batch_timeout", number), may("max_retries", number),
		may("max_concurrency", number), may("visibility_timeout_ms", number), may("retry_delay", number))

	logForwarder = both(
		openTable(need("bindings", list(table(need("name", text), need("destination", text))))),
		openTable(may("schema", removed("use unsafe.capnp"))))
)

// durableObject: remote is typed, and yet wrangler does not know it.
func durableObject(r *report, path string, n *syntax.Node) {
	known := []field{need("name", text), need("class_name", text), may("script_name", text), may("environment", text)}
	table(known...)(r, path, n)
	if !n.Is(syntax.Table) {
		return
	}
	r.fields(path, n, []field{may("remote", boolean)})
	if env := n.Field("environment"); env != nil && n.Field("script_name") == nil {
		r.refuse(env.NameAt, "%q has an environment but no script_name", path)
	}
}

// queueProducer is not looked at any further when it has a key that wrangler does not know.
func queueProducer(r *report, path string, n *syntax.Node) {
	fields := []field{need("binding", text), need("queue", nonEmpty), may("delivery_delay", number), may("remote", boolean)}
	if r.expect(path, n, "a table", syntax.Table) && !r.unknown(path, n, fieldNames(fields)) {
		r.fields(path, n, fields)
	}
}

// sendEmail: binding is known, and not used.
func sendEmail(r *report, path string, n *syntax.Node) {
	table(need("name", text), may("binding", anything), may("destination_address", text),
		may("allowed_destination_addresses", object), may("allowed_sender_addresses", object), may("remote", boolean))(r, path, n)
	r.exclusive(path, n, "destination_address", "allowed_destination_addresses")
}

func vpcNetwork(r *report, path string, n *syntax.Node) {
	binding(may("tunnel_id", text), may("network_id", text), may("remote", anything))(r, path, n)
	r.exclusive(path, n, "tunnel_id", "network_id")
	if n.Is(syntax.Table) && n.Field("tunnel_id") == nil && n.Field("network_id") == nil {
		r.refuse(place(n), "%q lacks %q or %q", path, "tunnel_id", "network_id")
	}
}

// workflows also must not share a name.
func workflows(r *report, path string, n *syntax.Node) {
	list(workflow)(r, path, n)
	first := map[string]bool{}
	for _, entry := range items(n) {
		name := entry.Get("name")
		if name.Str() == "" {
			continue
		}
		if first[name.Text] {
			r.refuse(name.Span, "two workflows are called %q", name.Text)
		}
		first[name.Text] = true
	}
}

var workflow = binding(
	need("name", matching(regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}$`),
		"1 to 64 letters, digits, - and _, and no - in front")),
	need("class_name", text), may("script_name", text), may("remote", boolean),
	may("limits", table(may("steps", workflowSteps))))

// maxWorkflowSteps is what production allows; wrangler only warns above it.
const maxWorkflowSteps = 25_000

func workflowSteps(r *report, path string, n *syntax.Node) {
	switch {
	case !r.expect(path, n, "a number", syntax.Integer, syntax.Float):
	case n.Number < 1 || n.Number != float64(int(n.Number)):
		r.refuse(n.Span, "%q must be a positive whole number, not %s", path, n.Text)
	case n.Number > maxWorkflowSteps:
		r.warn(n.Span, "%q is over the %d that production allows", path, maxWorkflowSteps)
	}
}

func tenOrSixty(r *report, path string, n *syntax.Node) {
	if r.expect(path, n, "a number", syntax.Integer, syntax.Float) && n.Number != 10 && n.Number != 60 {
		r.refuse(n.Span, "%q must be 10 or 60, not %s", path, n.Text)
	}
}

// vars: any JSON value but a date at the first level. wrangler takes an array for a table here.
func vars(r *report, path string, n *syntax.Node) {
	if n.Kind != syntax.Array && !r.expect(path, n, "a table", syntax.Table) {
		return
	}
	for _, field := range lastFields(n) {
		if field.Value.Kind == syntax.Datetime {
			r.refuse(field.Value.Span, "variable %q is a date, which wrangler does not take", field.Name).
				Help = "put it in quotes"
		}
	}
}
