package report

import (
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
)

// A patch has to apply: what is no danger to a terminal stays as it is in the file.
func TestDiffOfOddBytes(t *testing.T) {
	var out strings.Builder
	change := check.Change{
		Path:   "wrangler.toml",
		Before: []byte("\ufeffname = \"a\"\r\n\ttype = \"x\" # \x1b[31m\r\n"),
		After:  []byte("\ufeffname = \"a\"\r\n"),
	}
	if err := Diff(&out, []check.Change{change}); err != nil {
		t.Fatal(err)
	}
	want := "diff wrangler.toml wrangler.toml\n--- wrangler.toml\n+++ wrangler.toml\n@@ -1,2 +1,1 @@\n" +
		" \ufeffname = \"a\"\r\n-\ttype = \"x\" # \ufffd[31m\r\n"
	if got := out.String(); got != want {
		t.Errorf("Diff\n got %q\nwant %q", got, want)
	}
}
