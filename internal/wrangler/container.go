package wrangler

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

var instanceType = choice("lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4", "dev", "standard")

var containerFields = []field{
	need("class_name", text), may("name", text), may("image", anything), may("image_build_context", text),
	may("image_vars", object), may("max_instances", notNegative), may("instances", anything),
	may("instance_type", unlessNull(tolerant(either("a string or a table", map[syntax.Kind]shape{
		syntax.String: instanceType,
		syntax.Table:  table(may("vcpu", number), may("memory_mib", number), may("disk_mb", number)),
	}), syntax.Array))),
	may("scheduling_policy", choice("regional", "moon", "default")),
	may("rollout_kind", choice("full_auto", "full_manual", "none")),
	may("rollout_active_grace_period", notNegative),
	may("rollout_step_percentage", either("a number or an array of numbers", map[syntax.Kind]shape{
		syntax.Integer: rolloutStep, syntax.Float: rolloutStep, syntax.Array: rolloutSteps,
	})),
	may("ssh", ssh), may("wrangler_ssh", deprecated(ssh, "it is called ssh now")),
	may("authorized_keys", list(openTable(need("name", text), need("public_key", sshKey)))),
	may("trusted_user_ca_keys", list(openTable(may("name", text), need("public_key", sshKey)))),
	may("constraints", unlessNull(tolerant(constraints, syntax.Array))),
	may("configuration", deprecated(table(may("image", anything), may("secrets", anything), may("labels", anything),
		may("disk", anything), may("vcpu", anything), may("memory_mib", anything)), "its keys stand in the container's own table now")),
	may("affinities", anything), may("durable_objects", anything), may("unsafe", unlessFalsy(openTable())),
}

var constraints = both(
	openTable(may("tiers", numbers), may("jurisdiction", choice("eu", "fedramp")), may("regions", list(region))),
	func(r *report, path string, n *syntax.Node) { r.exclusive(path, n, "tier", "tiers") })

var ssh = openTable(need("enabled", boolean), may("port", func(r *report, path string, n *syntax.Node) {
	if r.expect(path, n, "a number", syntax.Integer, syntax.Float) && (n.Number < 1 || n.Number > 65535) {
		r.refuse(n.Span, "%q must be a port, 1 to 65535, not %s", path, n.Text)
	}
}))

// container is an application that runs in containers.
func container(r *report, path string, n *syntax.Node) {
	table(containerFields...)(r, path, n)
	if !n.Is(syntax.Table) {
		return
	}
	configuration := n.Get("configuration")
	for _, own := range []string{"disk", "vcpu", "memory_mib"} {
		if f := configuration.Field(own); f != nil && n.Get("instance_type") != nil {
			r.refuse(f.NameAt, "%q has an instance_type and limits of its own", path)
		}
	}
	steps, instances := n.Get("rollout_step_percentage"), n.Get("max_instances")
	if steps.Is(syntax.Array) && instances != nil && float64(len(steps.Items)) > instances.Number {
		r.refuse(steps.Span, "%q has %d steps for %s instances", path+".rollout_step_percentage", len(steps.Items), instances.Text)
	}
	image := n.Get("image")
	if image == nil {
		image = configuration.Get("image")
	}
	if image == nil {
		r.refuse(place(n), "%q lacks an image", path).Help = "the path of a Dockerfile, or an image of Cloudflare's registry"
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
	case !strings.Contains(path.Base(n.Text), ":"):
		r.refuse(n.Span, "image %q is neither a file that is there nor an image with a tag", n.Text).
			Help = "the path of a Dockerfile, or a reference like docker.io/httpd:1"
	}
}

// containerNames: a container without a name is called after its Worker, and that has to stand in the same table.
func (r *report) containerNames(e *Environment) {
	if e.Node.Get("name").Str() != "" {
		return
	}
	for _, c := range items(e.Node.Get("containers")) {
		if name := c.Get("name"); c.Is(syntax.Table) && (name == nil || falsy(name)) {
			r.refuse(place(c), "a container needs a name where its Worker has none").
				Help = "give it one, or the Worker one in the same table"
		}
	}
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
