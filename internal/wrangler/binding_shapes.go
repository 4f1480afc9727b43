package wrangler

import (
	"math"
	"strconv"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// binding is an entry whose name in code stands under binding.
func binding(more ...field) shape {
	return table(append([]field{need("binding", text)}, more...)...)
}

var (
	kvNamespace = binding(may("id", nonEmpty), may("preview_id", text), may("remote", boolean))

	r2Bucket = binding(may("bucket_name", bucketName), may("preview_bucket_name", bucketName),
		may("jurisdiction", text), may("remote", boolean),
		may("local_dev", tolerant(table(may("experimental_s3_credentials", experimental(
			openTable(need("accessKeyId", text), need("secretAccessKey", text))))), syntax.Array)))

	bucketName = matching(pattern.New(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`),
		"3 to 63 lower-case letters, digits and -, and no - at either end")

	d1Database = binding(may("database_id", text), may("preview_database_id", text), may("remote", boolean),
		may("database_name", text), may("database_internal_env", text), may("jurisdiction", text),
		may("migrations_dir", text), may("migrations_table", text), may("migrations_pattern", text))

	service = openTable(need("binding", text), need("service", text),
		may("environment", text), may("entrypoint", text), may("remote", boolean),
		may("dev", openTable(need("plugin", openTable(need("package", text), need("name", text))), may("options", openTable()))))

	k2 = binding(need("stream", text), may("remote", both(boolean, func(r *report, path string, n *syntax.Node) {
		if n.Is(syntax.Bool) && !n.Bool {
			r.refuse(n.Span, "%q cannot be false: what it binds is never local", path)
		}
	})))

	dispatchNamespace = openTable(need("binding", text), may("namespace", text), may("remote", boolean),
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
		r.missing(env.NameAt, "%q has an environment but no script_name", path)
	}
}

// durableObjects: bindings may be missing beside a strategy for updates of the code.
var durableObjects = notList("durable_objects.bindings", table(may("bindings", list(durableObject)),
	may("code_update_strategy", table(need("mode", choice("immediate", "deferred")), may("max_delay", updateDelay)))))

// updateDelay is a number of seconds, of at most a day, to the millisecond.
func updateDelay(r *report, path string, n *syntax.Node) {
	if !r.expect(path, n, "a number", syntax.Integer, syntax.Float) {
		return
	}
	const day, tolerance = 24 * 60 * 60, 1e-6
	milliseconds := n.Number * 1000
	switch whole := math.Floor(milliseconds + 0.5); {
	case math.IsNaN(n.Number) || n.Number < 0 || n.Number > day:
		r.refuse(n.Span, "%q must be 0 to %d seconds, not %s", path, day, n.Text)
	case n.Number > 0 && whole == 0 || math.Abs(milliseconds-whole) > tolerance:
		r.refuse(n.Span, "%q must be whole milliseconds, not %s", path, n.Text)
	}
}

// queueProducer is not looked at any further when it has a key that wrangler does not know, as an array has.
func queueProducer(r *report, path string, n *syntax.Node) {
	fields := []field{need("binding", text), may("queue", nonEmpty), may("remote", boolean),
		may("delivery_delay", deprecated(number, "a queue has one delay for all: wrangler queues update"))}
	if len(items(n)) > 0 {
		r.warn(n.Span, "%q must be a table, not an array: wrangler ignores it", path)
		return
	}
	if n = r.table(path, n); n != nil && !r.unknown(path, n, fieldNames(fields)) {
		r.fields(path, n, fields)
	}
}

// pipeline is bound by its stream; pipeline is the name of old for that, which counts where stream names none.
func pipeline(r *report, path string, n *syntax.Node) {
	binding(may("stream", anything), may("pipeline", anything), may("remote", boolean))(r, path, n)
	old := n.Get("pipeline")
	switch {
	case !n.Is(syntax.Table) || n.Get("stream").Str() != "":
	case old.Str() != "":
		r.warn(n.Field("pipeline").NameAt, "%q is deprecated", path+".pipeline").Help = "it is called stream now"
	case len(r.config.File.Errors) > 0: // the other one may stand behind the mistake
	case n.Get("stream") != nil:
		nonEmpty(r, path+".stream", n.Get("stream"))
	case old != nil:
		nonEmpty(r, path+".pipeline", old)
	default:
		r.missing(place(n), "%q lacks %q", path, "stream")
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
		r.missing(place(n), "%q lacks %q or %q", path, "tunnel_id", "network_id")
	}
}

func tenOrSixty(r *report, path string, n *syntax.Node) {
	if r.expect(path, n, "a number", syntax.Integer, syntax.Float) && n.Number != 10 && n.Number != 60 {
		r.refuse(n.Span, "%q must be 10 or 60, not %s", path, n.Text)
	}
}

// vars: any JSON value but a date at the first level. wrangler takes an array for a table here.
func vars(r *report, path string, n *syntax.Node) {
	if !n.Is(syntax.Array) && r.table(path, n) == nil {
		return
	}
	refuseDate := func(name string, value *syntax.Node) {
		if value.Is(syntax.Datetime) {
			r.refuse(value.Span, "variable %q is a date, which wrangler does not take", name).Help = "put it in quotes"
		}
	}
	for _, field := range lastFields(n) {
		refuseDate(field.Name, field.Value)
	}
	for i, item := range items(n) {
		refuseDate(strconv.Itoa(i), item)
	}
}
