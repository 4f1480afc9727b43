package syntax

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPosition(t *testing.T) {
	const mark = "\xEF\xBB\xBF"
	tests := []struct {
		name   string
		src    string
		offset int
		want   Position
	}{
		{"start", "a\nb", 0, Position{1, 1}},
		{"line end belongs to its line", "a\nb", 1, Position{1, 2}},
		{"second line", "a\nb", 2, Position{2, 1}},
		{"end of the file", "a\nb", 3, Position{2, 2}},
		{"behind the last newline", "a\n", 2, Position{2, 1}},
		{"beyond the end", "a\n", 99, Position{2, 1}},
		{"before the start", "a\n", -1, Position{1, 1}},
		{"empty", "", 0, Position{1, 1}},
		{"columns count characters", "# Größe x", len("# Größe "), Position{1, 9}},
		{"astral characters too", "# 😀x", len("# 😀"), Position{1, 4}},
		{"CRLF ends a line once", "a\r\nb", 3, Position{2, 1}},
		{"a lone CR ends none", "a\rb", 2, Position{1, 3}},
		{"a byte order mark has no column", mark + "name", len(mark), Position{1, 1}},
		{"nor has a place within it", mark + "name", 1, Position{1, 1}},
		{"each bad byte is a character", "\xFF\xFEx", 2, Position{1, 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Parse("a.toml", []byte(tt.src)).Position(tt.offset); got != tt.want {
				t.Errorf("Position(%d) in %q = %v, want %v", tt.offset, tt.src, got, tt.want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	tests := []struct {
		src   string
		n     int
		text  string
		start int
	}{
		{"a\nbc\n", 1, "a", 0},
		{"a\nbc\n", 2, "bc", 2},
		{"a\nbc\n", 3, "", 5},
		{"a\nbc\n", 4, "", 5},
		{"a\nbc\n", 0, "", 0},
		{"a\r\nbc\r\n", 1, "a", 0},
		{"a\r\nbc", 2, "bc", 3},
		{"\xEF\xBB\xBFa\nb", 1, "a", 3},
		{"", 1, "", 0},
	}
	for _, tt := range tests {
		text, start := Parse("a.toml", []byte(tt.src)).Line(tt.n)
		if text != tt.text || start != tt.start {
			t.Errorf("Line(%d) of %q = %q, %d, want %q, %d", tt.n, tt.src, text, start, tt.text, tt.start)
		}
	}
}

func TestWidth(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{"", 0},
		{"name", 4},
		{"\tname", 5},
		{"Größe", 5},
		{"Gro\u0308ße", 5}, // o with a combining diaeresis
		{"日本語", 6},
		{"😀", 2},
		{"👩‍👩‍👧", 2},
		{"ｗｉｄｅ", 8},
	}
	for _, tt := range tests {
		if got := Width(tt.text); got != tt.want {
			t.Errorf("Width(%q) = %d, want %d", tt.text, got, tt.want)
		}
	}
}

func TestSlice(t *testing.T) {
	f := Parse("a.toml", []byte("name"))
	for span, want := range map[Span]string{{0, 4}: "name", {1, 3}: "am", {2, 2}: "", {2, 99}: "me", {-5, 1}: "n", {3, 1}: ""} {
		if got := f.Slice(span); got != want {
			t.Errorf("Slice(%v) = %q, want %q", span, got, want)
		}
	}
}

// TestLongLine: the column in a long line is the one that counting it character by character gives.
func TestLongLine(t *testing.T) {
	src := []byte("first\n" + strings.Repeat("aé漢😀", 3000) + "\nlast")
	f := Parse("a.json", src)
	for offset := 6; offset < len(src); offset += 97 {
		want := 1 + strings.Count(string(src[6:offset]), "") - 1
		if !utf8.RuneStart(src[offset]) || f.Position(offset).Line != 2 {
			continue
		}
		if got := f.Position(offset).Column; got != want {
			t.Fatalf("column of byte %d = %d, want %d", offset, got, want)
		}
	}
}
