package deploy

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// What permission groups are called at Cloudflare, without the Read or Write at the end
// (developers.cloudflare.com/fundamentals/api/reference/permissions).
const (
	workersScripts = "Workers Scripts"
	workersRoutes  = "Workers Routes"
)

// permissionOf are the groups for what bindings of a type lead to, of the types that can be listed.
var permissionOf = map[wrangler.Type]string{
	wrangler.KVNamespace: "Workers KV Storage", wrangler.R2Bucket: "Workers R2 Storage", wrangler.D1: "D1", wrangler.Queue: "Queues",
	wrangler.Service: workersScripts,
}

// alsoOf are groups that a token for bindings of a type may have on good grounds, though a deploy does without.
var alsoOf = map[wrangler.Type]string{
	wrangler.Vectorize: "Vectorize", wrangler.Hyperdrive: "Hyperdrive", wrangler.AI: "Workers AI", wrangler.Browser: "Browser Rendering",
	wrangler.Pipeline: "Pipelines", wrangler.SecretsStore: "Secrets Store", wrangler.Images: "Images", wrangler.Stream: "Stream",
	wrangler.AISearch: "AI Search", wrangler.AISearchNS: "AI Search", wrangler.Dispatch: "Workers for Platforms",
}

// harmless are groups by which a token and its account are told apart, or found.
var harmless = []string{
	"Account Settings Read", "User Details Read", "Memberships Read", "API Tokens Read", "Account API Tokens Read", "Zone Read",
}

// ReadPermission is the group that a token needs to list what bindings of a type lead to.
func ReadPermission(kind wrangler.Type) string { return permissionOf[kind] + " Read" }

// JudgePermissions holds the permission groups that a token has against those that `bindery apply` and a deploy of an environment
// take: what is missing for that, and what neither of them needs.
func JudgePermissions(env *wrangler.Environment, verdicts []Verdict, granted []string) (missing, superfluous []string) {
	write := map[string]bool{workersScripts: true} // by group: false where reading is enough
	allowed := slices.Clone(harmless)
	for _, v := range verdicts {
		kind := v.Binding.Type
		if group := permissionOf[kind]; group != "" {
			write[group] = write[group] || v.State == Create || kind == wrangler.KVNamespace // the self-test writes
		}
		if group := alsoOf[kind]; group != "" {
			allowed = append(allowed, group+" Read", group+" Write", group+" Edit")
		}
	}
	if consumers := env.Value("queues").Get("consumers"); consumers.Is(syntax.Array) && len(consumers.Items) > 0 {
		write["Queues"] = true
	}
	if zoned, any := routes(env); any {
		allowed = append(allowed, workersRoutes+" Read", workersRoutes+" Write")
		if zoned {
			write[workersRoutes] = true
		}
	}
	for group, needed := range write {
		allowed = append(allowed, group+" Read", group+" Write")
		if has := func(word string) bool { return slices.Contains(granted, group+word) }; !has(" Write") && (needed || !has(" Read")) {
			missing = append(missing, group+map[bool]string{true: " Write", false: " Read"}[needed])
		}
	}
	for _, name := range granted {
		if !slices.ContainsFunc(allowed, func(known string) bool { return strings.EqualFold(known, name) }) {
			superfluous = append(superfluous, name)
		}
	}
	slices.Sort(missing)
	return missing, superfluous
}

// routes says whether an environment has any, and whether one of them is written into a zone: a custom domain is the Worker's.
func routes(env *wrangler.Environment) (zoned, any bool) {
	all := []*syntax.Node{env.Value("route")}
	if list := env.Value("routes"); list.Is(syntax.Array) {
		all = append(all, list.Items...)
	}
	for _, n := range all {
		if n == nil {
			continue
		}
		any = true
		custom := n.Get("custom_domain")
		zoned = zoned || !custom.Is(syntax.Bool) || !custom.Bool
	}
	return zoned, any
}
