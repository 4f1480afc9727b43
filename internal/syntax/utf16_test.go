package syntax

import "testing"

func TestUTF16(t *testing.T) {
	const emoji = "# \U0001F5DD ключ\nid = \"é\"\r\nx = 1\ry = 2\n"
	tests := []struct {
		name, src    string
		offset       int
		line, column int
	}{
		{"start", "a = 1\n", 0, 0, 0},
		{"end of a file without a last newline", "a = 1", 5, 0, 5},
		{"line of its own behind the last newline", "a = 1\n", 6, 1, 0},
		{"behind the end", "a = 1\n", 99, 1, 0},
		{"before the start", "a = 1\n", -1, 0, 0},
		{"byte order mark", "\xEF\xBB\xBFa = 1\n", 3, 0, 0},
		{"two units for what is outside the basic plane", emoji, 6, 0, 4},
		{"one unit for two bytes", emoji, 9, 0, 6},
		{"second line", emoji, 16, 1, 0},
		{"before \\r\\n", emoji, 25, 1, 8},
		{"between \\r and \\n", emoji, 26, 1, 9},
		{"behind \\r\\n", emoji, 27, 2, 0},
		{"a lone \\r ends a line", emoji, 33, 3, 0},
		{"no UTF-8", "a = \"\xFF\"", 6, 0, 6},
	}
	for _, test := range tests {
		u := ParseAs(TOML, "x.toml", []byte(test.src)).UTF16()
		line, column := u.Place(test.offset)
		if line != test.line || column != test.column {
			t.Errorf("%s: Place(%d) of %q = %d, %d, want %d, %d", test.name, test.offset, test.src, line, column, test.line, test.column)
		}
	}
}

// Offset leads back to where Place came from, wherever in a file that is, and clamps what lies outside of a line.
func TestUTF16AndBack(t *testing.T) {
	for _, src := range []string{"", "\n", "a = 1", "# \U0001F5DD ключ\nid = \"é\"\r\n\r\ny = 2\rz\n", "\xEF\xBB\xBFa = 1\r\n"} {
		f := ParseAs(TOML, "x.toml", []byte(src))
		u := f.UTF16()
		text := src[f.textStart():]
		for at := range text + "\x00" {
			offset := f.textStart() + at
			if at > 0 && at < len(text) && text[at-1:at+1] == "\r\n" {
				continue // inside a line end there is no place
			}
			line, column := u.Place(offset)
			if got := u.Offset(line, column); got != offset {
				t.Errorf("%q: Offset(Place(%d) = %d, %d) = %d", src, offset, line, column, got)
			}
		}
	}
	u := ParseAs(TOML, "x.toml", []byte("ab\r\ncd")).UTF16()
	for _, test := range []struct{ line, column, want int }{{0, 9, 2}, {1, 9, 6}, {7, 0, 6}, {-1, 3, 0}, {0, -1, 0}} {
		if got := u.Offset(test.line, test.column); got != test.want {
			t.Errorf("Offset(%d, %d) = %d, want %d", test.line, test.column, got, test.want)
		}
	}
}
