package syntax

import (
	"fmt"
	"slices"
)

// Edit replaces the bytes of Span by New; an empty span inserts.
type Edit struct {
	Span Span
	New  string
}

// OverlapError: edits that cannot be made together, as they overlap or one lies outside the text.
type OverlapError struct {
	Edit  Edit
	Other *Edit // the one it overlaps; nil when Edit lies outside the text
}

func (e *OverlapError) Error() string {
	if e.Other == nil {
		return fmt.Sprintf("edit of bytes %d to %d lies outside the text", e.Edit.Span.Start, e.Edit.Span.End)
	}
	return fmt.Sprintf("edit of bytes %d to %d overlaps that of bytes %d to %d",
		e.Edit.Span.Start, e.Edit.Span.End, e.Other.Span.Start, e.Other.Span.End)
}

// Apply returns src with the edits made, in whatever order they are given; *OverlapError if two of them
// overlap or one lies outside. Insertions at one place are made in the order given, before a replacement that
// starts there. Every byte outside the edits stays.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int {
		if a.Span.Start != b.Span.Start {
			return a.Span.Start - b.Span.Start
		}
		return a.Span.End - b.Span.End
	})
	var out []byte
	done := 0
	for i, e := range sorted {
		if e.Span.Start < 0 || e.Span.End > len(src) || e.Span.Start > e.Span.End {
			return nil, &OverlapError{Edit: e}
		}
		if e.Span.Start < done {
			return nil, &OverlapError{Edit: e, Other: &sorted[i-1]}
		}
		out = append(out, src[done:e.Span.Start]...)
		out = append(out, e.New...)
		done = e.Span.End
	}
	return append(out, src[done:]...), nil
}
