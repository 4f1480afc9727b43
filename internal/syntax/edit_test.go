package syntax

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestApply(t *testing.T) {
	const src = "name = \"x\"\r\n"
	tests := []struct {
		name  string
		edits []Edit
		want  string
	}{
		{"nothing", nil, src},
		{"replace", []Edit{{Span{7, 10}, `"yy"`}}, "name = \"yy\"\r\n"},
		{"delete", []Edit{{Span{4, 5}, ""}}, "name= \"x\"\r\n"},
		{"insert", []Edit{{Span{0, 0}, "# top\n"}}, "# top\n" + src},
		{"append", []Edit{{Span{12, 12}, "end"}}, src + "end"},
		{"in any order", []Edit{{Span{7, 10}, "1"}, {Span{0, 4}, "key"}}, "key = 1\r\n"},
		{"neighbours", []Edit{{Span{0, 4}, "key"}, {Span{4, 7}, "="}}, "key=\"x\"\r\n"},
		{"two insertions at one place", []Edit{{Span{0, 0}, "a"}, {Span{0, 0}, "b"}}, "ab" + src},
		{"an insertion before a replacement", []Edit{{Span{0, 4}, "key"}, {Span{0, 0}, "# "}}, "# key = \"x\"\r\n"},
		{"all of it", []Edit{{Span{0, 12}, ""}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Apply([]byte(src), tt.edits)
			if err != nil || string(got) != tt.want {
				t.Errorf("Apply(%q, %v) = %q, %v, want %q", src, tt.edits, got, err, tt.want)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	const src = "0123456789"
	tests := []struct {
		name    string
		edits   []Edit
		message string
	}{
		{"overlapping", []Edit{{Span{0, 4}, ""}, {Span{3, 5}, ""}}, "edit of bytes 3 to 5 overlaps that of bytes 0 to 4"},
		{"equal", []Edit{{Span{1, 2}, "a"}, {Span{1, 2}, "b"}}, "edit of bytes 1 to 2 overlaps that of bytes 1 to 2"},
		{"inserting inside", []Edit{{Span{0, 4}, ""}, {Span{2, 2}, "x"}}, "edit of bytes 2 to 2 overlaps that of bytes 0 to 4"},
		{"beyond the end", []Edit{{Span{9, 11}, ""}}, "edit of bytes 9 to 11 lies outside the text"},
		{"before the start", []Edit{{Span{-1, 2}, ""}}, "edit of bytes -1 to 2 lies outside the text"},
		{"backwards", []Edit{{Span{4, 2}, ""}}, "edit of bytes 4 to 2 lies outside the text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Apply([]byte(src), tt.edits)
			var overlap *OverlapError
			if !errors.As(err, &overlap) || err.Error() != tt.message {
				t.Errorf("Apply(%v) = %q, %v, want %q", tt.edits, got, err, tt.message)
			}
		})
	}
}

// TestApplyLaws: the order in which edits are given does not matter, every byte outside them stays, and the edits
// that put back what was there give the source again.
func TestApplyLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.SliceOf(rapid.Byte()).Draw(t, "src")
		edits := disjointEdits(t, len(src))
		got, err := Apply(src, edits)
		if err != nil {
			t.Fatalf("Apply(%q, %v): %v", src, edits, err)
		}

		shuffled := rapid.Permutation(edits).Draw(t, "shuffled")
		if again, err := Apply(src, shuffled); err != nil || string(again) != string(got) {
			t.Fatalf("Apply(%q, %v) = %q, %v, and %q for %v", src, shuffled, again, err, got, edits)
		}

		var inverse []Edit
		shift := 0
		for _, e := range edits { // ascending
			start := e.Span.Start + shift
			inverse = append(inverse, Edit{Span{start, start + len(e.New)}, string(src[e.Span.Start:e.Span.End])})
			shift += len(e.New) - (e.Span.End - e.Span.Start)
		}
		if back, err := Apply(got, inverse); err != nil || string(back) != string(src) {
			t.Fatalf("Apply(%q, %v) = %q, %v, want %q", got, inverse, back, err, src)
		}
	})
}

// disjointEdits draws edits of a text of n bytes, ascending, no two at one place.
func disjointEdits(t *rapid.T, n int) (edits []Edit) {
	bounds := rapid.SliceOfNDistinct(rapid.IntRange(0, n), 0, min(n+1, 10), rapid.ID[int]).Draw(t, "bounds")
	slices.Sort(bounds)
	for i := 0; i+1 < len(bounds); i += 2 {
		edits = append(edits, Edit{Span{bounds[i], bounds[i+1]}, rapid.String().Draw(t, "new")})
	}
	return edits
}
