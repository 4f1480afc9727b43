package report

import (
	"fmt"
	"io"
)

// Oneline writes a line for each finding, and nothing when there is none: what editors, grep and problem matchers take.
//
//	wrangler.toml:12:6: warning: KV bindings "CACHE" and "SESSIONS" at the top level share one namespace [kv-id-shared]
func Oneline(w io.Writer, r Run) error {
	out := newPrinter(w, false)
	for _, d := range r.Diagnostics {
		fmt.Fprintf(out, "%s: %s: %s [%s]\n", out.place(d.File, d.Span), d.Severity, visible(d.Message), d.Rule)
	}
	return out.Flush()
}
