package wrangler

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

var instanceType = choice("lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4", "dev", "standard")

// containerFields are those of a container that Cloudflare schedules by itself.
var containerFields = []field{
	may("class_name", text), may("name", text), may("image", anything), may("image_build_context", text),
	may("image_vars", object), may("max_instances", notNegative), may("instances", deprecated(anything, "use max_instances")),
	may("instance_type", unlessNull(tolerant(either("a string or a table", map[syntax.Kind]shape{
		syntax.String: instanceType,
		syntax.Table:  table(may("vcpu", number), may("memory_mib", number), may("disk_mb", number)),
	}), syntax.Array, syntax.Datetime))),
	may("scheduling_policy", choice("regional", "moon", "default", managedPolicy)),
	may("rollout_kind", choice("full_auto", "full_manual", "none")),
	may("rollout_active_grace_period", notNegative),
	may("rollout_step_percentage", either("a number or an array of numbers", map[syntax.Kind]shape{
		syntax.Integer: rolloutStep, syntax.Float: rolloutStep, syntax.Array: rolloutSteps,
	})),
	may("observability", containerObservability),
	may("ssh", ssh), may("wrangler_ssh", anything),
	may("authorized_keys", list(openTable(need("name", text), need("public_key", sshKey)))),
	may("trusted_user_ca_keys", list(openTable(may("name", text), need("public_key", sshKey)))),
	may("constraints", unlessNull(tolerant(constraints, syntax.Array))),
	may("configuration", deprecated(table(may("image", anything), may("secrets", anything), may("labels", anything),
		may("disk", anything), may("vcpu", anything), may("memory_mib", anything)), "its keys stand in the container's own table now")),
	may("affinities", anything), may("durable_objects", deprecated(anything, "use class_name")),
	may("unsafe", unlessFalsy(openTable())),
}

var constraints = both(
	openTable(may("tiers", numbers), may("regions", list(region)),
		may("jurisdiction", either("a string", map[syntax.Kind]shape{syntax.String: unlessFalsy(choice("eu", "fedramp", "us"))}))),
	func(r *report, path string, n *syntax.Node) { r.exclusive(path, n, "tier", "tiers") })

var ssh = openTable(need("enabled", boolean), may("port", whole(1, 65535)))

// container is an application that runs in containers.
func container(r *report, path string, n *syntax.Node) {
	if n.Get("scheduling_policy").Str() == managedPolicy {
		managedContainer(r, path, n)
		return
	}
	table(containerFields...)(r, path, n)
	if !n.Is(syntax.Table) {
		return
	}
	if old := n.Field("wrangler_ssh"); old != nil {
		r.warn(old.NameAt, "%q is deprecated", path+".wrangler_ssh").Help = "it is called ssh now"
		if n.Field("ssh") == nil {
			ssh(r, path+".wrangler_ssh", old.Value)
		}
	}
	configuration := n.Get("configuration")
	for _, own := range []string{"disk", "vcpu", "memory_mib"} {
		if f := configuration.Field(own); f != nil && n.Get("instance_type") != nil && !falsy(n.Get("instance_type")) {
			r.refuse(f.NameAt, "%q has an instance_type and limits of its own", path)
		}
	}
	steps, instances := n.Get("rollout_step_percentage"), n.Get("max_instances")
	if steps.Is(syntax.Array) && isNumber(instances) && float64(len(steps.Items)) > instances.Number {
		r.refuse(steps.Span, "%q has %d steps for %s instances", path+".rollout_step_percentage", len(steps.Items), instances.Text)
	}
	image := n.Get("image")
	if image == nil || image.Is(syntax.Null) {
		image = configuration.Get("image")
	}
	if image == nil {
		r.missing(place(n), "%q lacks an image", path).Help = "the path of a Dockerfile, or an image of Cloudflare's registry"
		return
	}
	r.image(path+".image", image)
}

// image is a Dockerfile beside the configuration, or a reference with a tag.
func (r *report) image(name string, n *syntax.Node) {
	if !r.expect(name, n, "a string", syntax.String) {
		return
	}
	file := n.Text
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(r.config.Path), file)
	}
	info, err := os.Stat(file)
	switch {
	case err == nil && info.IsDir():
		r.refuse(n.Span, "image %q is a folder", n.Text).Help = "name the Dockerfile in it"
	case err == nil:
	case strings.Contains(n.Text, "://"):
		r.refuse(n.Span, "image %q begins with a protocol", n.Text).Help = "write it without: docker.io/httpd:1"
	case !strings.Contains(n.Text[strings.LastIndexByte(n.Text, '/')+1:], ":"):
		r.refuse(n.Span, "image %q is neither a file that is there nor an image with a tag", n.Text).
			Help = "the path of a Dockerfile, or a reference like docker.io/httpd:1"
	case !isHost(n.Text):
		r.refuse(n.Span, "image %q does not begin with a registry", n.Text).Help = "write it with one: docker.io/httpd:1"
	}
}

// isHost says whether a reference can follow https://, as wrangler wants it to: so httpd:latest cannot, as there
// the tag stands where a port would.
func isHost(reference string) bool {
	host := reference
	if end := strings.IndexAny(host, `/?#\`); end >= 0 {
		host = host[:end]
	}
	u, err := url.Parse("https://" + host)
	if err != nil || u.Hostname() == "" {
		return false
	}
	port, err := strconv.Atoi(u.Port())
	return u.Port() == "" || err == nil && port <= 65535
}

func notNegative(r *report, path string, n *syntax.Node) {
	if r.expect(path, n, "a number", syntax.Integer, syntax.Float) && n.Number < 0 {
		r.refuse(n.Span, "%q cannot be negative", path)
	}
}

func rolloutStep(r *report, path string, n *syntax.Node) {
	if steps := []float64{5, 10, 20, 25, 50, 100}; !slices.Contains(steps, n.Number) {
		r.refuse(n.Span, "%q must be one of %v, not %s", path, steps, n.Text)
	}
}

// rolloutSteps go up from 10 or more, to 100.
func rolloutSteps(r *report, path string, n *syntax.Node) {
	for i, step := range n.Items {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !r.expect(at, step, "a number", syntax.Integer, syntax.Float):
		case step.Number < 10 || step.Number > 100:
			r.refuse(step.Span, "%q must be between 10 and 100, not %s", at, step.Text)
		case i > 0 && step.Number < n.Items[i-1].Number:
			r.refuse(step.Span, "%q is less than the step before it", at)
		case i == len(n.Items)-1 && step.Number != 100:
			r.refuse(step.Span, "%q must be 100, as it is the last step", at)
		}
	}
}

func sshKey(r *report, path string, n *syntax.Node) {
	if r.expect(path, n, "a string", syntax.String) && !strings.HasPrefix(strings.ToLower(n.Text), "ssh-ed25519") {
		r.refuse(n.Span, "%q is no ED25519 key", path)
	}
}

func region(r *report, path string, n *syntax.Node) {
	all := []string{"ENAM", "WNAM", "EEUR", "WEUR", "APAC", "SAM", "ME", "OC", "AFR"}
	if r.expect(path, n, "a string", syntax.String) && !slices.Contains(all, strings.ToUpper(n.Text)) {
		r.refuse(n.Span, "%q cannot be %q", path, n.Text).Help = "one of " + strings.Join(all, ", ")
	}
}
