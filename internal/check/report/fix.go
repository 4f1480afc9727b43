package report

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/secret"
)

// printable are the fixes that may leave this machine: none writes a secret of its file, as one does that moves a
// variable to another table. `check --fix` makes those too.
func (p *printer) printable(fixes []check.Fix) []check.Fix {
	var out []check.Fix
	for _, f := range fixes {
		if !p.writesSecret(f) {
			out = append(out, f)
		}
	}
	return out
}

func (p *printer) writesSecret(f check.Fix) bool {
	for _, e := range f.Edits {
		if len(secret.Spans(e.New)) > 0 { // in a comment, perhaps, that goes along
			return true
		}
		for _, span := range p.secrets(f.File) {
			value := strings.Trim(f.File.Slice(span), "\"' \t\r\n")
			if value != "" && strings.Contains(e.New, value) {
				return true
			}
		}
	}
	return false
}
