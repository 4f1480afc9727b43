package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// preview-id-on-pages: a Pages project has an environment for its previews, which do not look at preview_id:
// without that environment they get what production has.
var previewIDOnPages = &check.Rule{
	ID:       "preview-id-on-pages",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "preview_id in a Pages project, whose previews ignore it",
	Explain:  explain("preview-id-on-pages"),
	Config: func(p *check.Pass) {
		if !p.Config.Pages {
			return
		}
		var found *check.Draft
		more := 0
		for _, env := range environments(p.Config) {
			for _, b := range env.Of(wrangler.KVNamespace) {
				id := b.Field("preview_id")
				switch {
				case id == nil:
				case found == nil:
					found = reportPreviewOnPages(p.Of(env), b)
				default:
					found.Also(env)
					if more++; more < shownPlaces {
						found.Note(id.Span, "and that of KV %q %s", b.Text(), at(env))
					}
				}
			}
		}
	},
}

// reportPreviewOnPages reports the first preview_id of a file; the others are noted there.
func reportPreviewOnPages(p *check.Pass, b *wrangler.Binding) *check.Draft {
	found := p.Report(b.Field("preview_id").Span, "preview_id of KV %q %s has no effect on Pages previews", b.Text(), at(p.Env))
	if previews := named(p.Config, "preview"); previews != nil {
		return found.Note(previews.NameAt, "what previews get is said here").
			Help("take preview_id out: env.preview says which namespaces previews get")
	}
	return found.Label("previews get what id says: production's data").
		Help("say under env.preview which namespaces previews get: [[env.preview.kv_namespaces]]")
}
