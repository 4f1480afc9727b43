package wrangler

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// managedPolicy is the scheduling policy of a container that its Durable Object starts.
const managedPolicy = "durable_object"

// managedContainer is one that its Durable Object starts. It takes other keys, and none that wrangler does not know.
func managedContainer(r *report, path string, n *syntax.Node) {
	fields := []field{
		may("scheduling_policy", text), may("class_name", nonEmpty), may("name", text), may("images", managedImages),
		may("observability", containerObservability), may("ssh", ssh),
		may("authorized_keys", list(openTable(need("name", text), need("public_key", sshKey)))),
		may("unsafe", closed(may("configuration", closed(may("experimental_flags", texts))))),
	}
	closed(fields...)(r, path, n)
	for _, name := range []string{"target_instance_count", "target_instance_percentage"} {
		if f := n.Get("observability").Field(name); f != nil {
			r.refuse(f.NameAt, "%q is not for containers that a Durable Object manages", path+".observability."+name)
		}
	}
}

// managedImages are the images that the Durable Object chooses from, by name.
func managedImages(r *report, path string, n *syntax.Node) {
	if n = r.table(path, n); n == nil {
		return
	}
	images := lastFields(n)
	if len(images) == 0 || len(images) > 100 {
		r.missing(place(n), "%q must hold 1 to 100 images, not %d", path, len(images))
	}
	for _, image := range images {
		if image.Name == "" || len(image.Name) > 128 {
			r.refuse(image.NameAt, "the name of an image must be of 1 to 128 characters")
		}
		managedImage(r, path+"."+image.Name, image.Value)
	}
}

// managedImage is built from a Dockerfile, or stands in Cloudflare's registry.
func managedImage(r *report, path string, n *syntax.Node) {
	if n = r.table(path, n); n == nil {
		return
	}
	switch {
	case n.Field("dockerfile") == nil:
		closed(need("image", registryImage))(r, path, n)
	case n.Field("image") == nil:
		closed(need("dockerfile", nonEmpty), may("build_context", nonEmpty), may("build_vars", stringTable))(r, path, n)
	default:
		r.exclusive(path, n, "dockerfile", "image")
	}
}

// stringTable is a table of strings, and no array of them.
func stringTable(r *report, path string, n *syntax.Node) {
	if n = r.table(path, n); n != nil {
		byName(text)(r, path, n)
	}
}

// registryDigest is an account, a repository and a digest.
var registryDigest = pattern.New(`^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+@sha256:[a-f0-9]{64}$`)

func registryImage(r *report, path string, n *syntax.Node) {
	nonEmpty(r, path, n)
	if !n.Is(syntax.String) || n.Text == "" {
		return
	}
	region := own(r.env.Node, "compliance_region")
	if region == nil {
		region = own(r.config.File.Root, "compliance_region")
	}
	registry := "registry.cloudflare.com/"
	if region.Str() == "fedramp_high" {
		registry = "registry.fed.cloudflare.com/"
	}
	reference, ok := strings.CutPrefix(n.Text, registry)
	if !ok || !registryDigest.MatchString(reference) {
		r.refuse(n.Span, "%q is no image of Cloudflare's registry with its digest", path).
			Help = registry + "ACCOUNT/REPOSITORY@sha256:DIGEST"
	}
}

// containerObservability switches logs on, perhaps for some instances only.
func containerObservability(r *report, path string, n *syntax.Node) {
	if n = r.table(path, n); n == nil {
		return
	}
	table(may("enabled", boolean), may("logs", table(may("enabled", boolean))),
		may("target_instance_percentage", whole(1, 99)), may("target_instance_count", positive))(r, path, n)
	enabled, logs := n.Get("enabled"), n.Get("logs", "enabled")
	share, count := n.Field("target_instance_percentage"), n.Field("target_instance_count")
	if enabled == nil && logs == nil && share == nil && count == nil {
		r.missing(place(n), "%q lacks enabled or logs.enabled", path)
	}
	if enabled.Is(syntax.Bool) && logs.Is(syntax.Bool) && enabled.Bool != logs.Bool {
		r.refuse(logs.Span, "%q contradicts %q", path+".logs.enabled", path+".enabled")
	}
	r.exclusive(path, n, "target_instance_percentage", "target_instance_count")
	isTrue := func(n *syntax.Node) bool { return n.Is(syntax.Bool) && n.Bool }
	for _, f := range []*syntax.Field{share, count} {
		if f != nil && !isTrue(enabled) && !isTrue(logs) {
			r.missing(f.NameAt, "%q needs enabled = true beside it", path+"."+f.Name)
		}
	}
}

// previewContainers are those of previews: they take their names from the preview.
func previewContainers(r *report, path string, n *syntax.Node) {
	unlessFalsy(list(container))(r, path, n)
	first := map[string]bool{}
	for _, c := range items(n) {
		if policy := c.Get("scheduling_policy"); policy.Str() == managedPolicy {
			r.refuse(policy.Span, "a container of previews cannot be managed by a Durable Object")
		}
		if name := c.Field("name"); name != nil {
			r.refuse(name.NameAt, "a container of previews cannot have a name").Help = "remove it: the preview gives it one"
		}
		class := c.Get("class_name")
		if class.Is(syntax.String) && first[class.Text] {
			r.refuse(class.Span, "two containers of previews have the class %q", class.Text)
		}
		first[class.Str()] = true
	}
}
