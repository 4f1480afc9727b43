package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// A plan is the edits of a file that the fixes of a round make, by their places.
type plan struct{ edits []syntax.Edit }

// add takes in the edits of a fix, and says whether it did: not if one of them overlaps what is there. Findings come in the
// order of the file, and so do most edits: they go to the end.
func (p *plan) add(edits []syntax.Edit) bool {
	if slices.ContainsFunc(edits, p.overlaps) {
		return false
	}
	for _, e := range edits {
		at, _ := slices.BinarySearchFunc(p.edits, e, byPlace)
		p.edits = slices.Insert(p.edits, at, e)
	}
	return true
}

// overlaps looks at the edit before e, and at those that begin within it.
func (p *plan) overlaps(e syntax.Edit) bool {
	at, _ := slices.BinarySearchFunc(p.edits, e, byPlace)
	for _, other := range p.edits[max(0, at-1):] {
		switch {
		case overlap(other, e):
			return true
		case other.Span.Start >= e.Span.End && byPlace(other, e) > 0:
			return false
		}
	}
	return false
}

func byPlace(a, b syntax.Edit) int {
	return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
}

// overlap says whether two edits touch the same bytes, or insert at one place what is the same or may swallow the other.
func overlap(a, b syntax.Edit) bool {
	return a.Span == b.Span && (a.New == b.New || hasHeader(a) || hasHeader(b)) ||
		a.Span.Start < b.Span.End && b.Span.Start < a.Span.End
}

// hasHeader says whether an edit writes what may be a TOML header, which changes what the lines below it belong to.
func hasHeader(e syntax.Edit) bool {
	return strings.HasPrefix(e.New, "[") || strings.Contains(e.New, "\n[")
}
