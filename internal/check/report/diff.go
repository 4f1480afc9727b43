package report

import (
	"bytes"
	"io"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// Diff writes what changes in files as a unified diff. Secrets are *** on both sides, as in Text: a patch of a line that
// holds one does not apply.
func Diff(w io.Writer, changes []check.Change) error {
	for _, c := range changes {
		before, after := printable(c.Path, c.Before), printable(c.Path, c.After)
		name := visible(c.Path)
		if _, err := w.Write(diff.Diff(name, []byte(before), name, []byte(after))); err != nil {
			return err
		}
	}
	return nil
}

const byteOrderMark = "\uFEFF"

// printable is a whole file without its secrets and without what a terminal would obey; tabs and line ends stay.
func printable(path string, src []byte) string {
	p := &printer{masks: map[*syntax.File][]syntax.Span{}}
	f := syntax.Parse(path, src)
	var out strings.Builder
	end := 0
	if bytes.HasPrefix(src, []byte(byteOrderMark)) { // no terminal obeys it, and without it a patch does not apply
		out.WriteString(byteOrderMark)
		src, end = src[len(byteOrderMark):], len(byteOrderMark)
	}
	for line := range strings.Lines(string(src)) {
		start := end
		end += len(line)
		at := syntax.Span{Start: start, End: start + len(strings.TrimRight(line, "\r\n"))}
		text := masked(f, p.secretsIn(f, at), at.Start, at.End)
		for i, part := range strings.Split(text, "\t") {
			if i > 0 {
				out.WriteByte('\t')
			}
			out.WriteString(visible(part))
		}
		out.WriteString(line[at.End-at.Start:])
	}
	return out.String()
}
