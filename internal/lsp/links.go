package lsp

import (
	"context"
	"encoding/json"
	"os"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// documentLinks links the keys of a configuration to the page that says what they do, and the rule in a comment that
// silences it to that rule's page.
func (c *session) documentLinks(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[documentParams](params)
	if err != nil {
		return nil, err
	}
	links := []documentLink{}
	path, ok := pathOf(p.TextDocument.URI)
	if !ok || !c.server.Configuration(path) {
		return links, nil
	}
	text, ok := c.textOf(path)
	if !ok {
		return links, nil
	}
	file := syntax.Parse(path, text)
	places := placer{}
	add := func(at syntax.Span, target, tooltip string) {
		links = append(links, documentLink{places.of(file, at), target, tooltip})
	}
	for _, at := range silenced.Regexp().FindAllSubmatchIndex(file.Source, -1) {
		rule := string(file.Source[at[2]:at[3]])
		for _, r := range c.server.Rules {
			if r.ID == rule {
				add(syntax.Span{Start: at[2], End: at[3]}, c.server.RulePage(rule), r.Summary)
			}
		}
	}
	linkKeys(file.Root, add)
	if env := file.Root.Get("env"); env.Is(syntax.Table) {
		for _, e := range env.Fields {
			linkKeys(e.Value, add)
		}
	}
	return links, nil
}

var silenced = pattern.New(`bindery:[ \t]*ignore[ \t]+([a-z0-9-]+)`)

// linkKeys links each key of the top level or an environment once: [[kv_namespaces]] may stand there many times.
func linkKeys(n *syntax.Node, add func(at syntax.Span, target, tooltip string)) {
	if !n.Is(syntax.Table) {
		return
	}
	for _, f := range n.Fields {
		if fragment, ok := fragments[f.Name]; ok {
			add(f.NameAt, reference+"#"+fragment, "wrangler's documentation of "+f.Name)
		}
	}
}

// textOf is what the editor shows of a file, or else what is on the disk.
func (c *session) textOf(path string) ([]byte, bool) {
	if doc := c.open[path]; doc != nil {
		return doc.text, true
	}
	text, err := os.ReadFile(path)
	return text, err == nil
}

// reference is the page on wrangler's configuration; fragments are its headings by the key that each describes.
const reference = "https://developers.cloudflare.com/workers/wrangler/configuration/"

var fragments = map[string]string{
	"account_id":                "inheritable-keys",
	"ai":                        "workers-ai",
	"alias":                     "module-aliasing",
	"analytics_engine_datasets": "analytics-engine-datasets",
	"assets":                    "assets",
	"browser":                   "browser-rendering",
	"build":                     "custom-builds",
	"compatibility_date":        "inheritable-keys",
	"compatibility_flags":       "inheritable-keys",
	"d1_databases":              "d1-databases",
	"define":                    "non-inheritable-keys",
	"dev":                       "local-development-settings",
	"dispatch_namespaces":       "dispatch-namespace-bindings-workers-for-platforms",
	"durable_objects":           "durable-objects",
	"env":                       "environments",
	"hyperdrive":                "hyperdrive",
	"images":                    "images",
	"keep_vars":                 "top-level-only-keys",
	"kv_namespaces":             "kv-namespaces",
	"limits":                    "limits",
	"main":                      "inheritable-keys",
	"migrations":                "migrations",
	"mtls_certificates":         "mtls-certificates",
	"name":                      "inheritable-keys",
	"observability":             "observability",
	"queues":                    "queues",
	"r2_buckets":                "r2-buckets",
	"route":                     "types-of-routes",
	"routes":                    "types-of-routes",
	"rules":                     "bundling",
	"send_email":                "email-bindings",
	"services":                  "service-bindings",
	"site":                      "workers-sites",
	"tail_consumers":            "non-inheritable-keys",
	"triggers":                  "triggers",
	"upload_source_maps":        "source-maps",
	"vars":                      "environment-variables",
	"vectorize":                 "vectorize-indexes",
	"workers_dev":               "workersdev",
}
