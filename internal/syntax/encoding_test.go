package syntax

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// A file in UTF-16 is one mistake, with a byte order mark and without, in both formats and byte orders.
func TestUTF16IsOneError(t *testing.T) {
	for path, text := range map[string]string{"wrangler.toml": "name = \"x\"\nmain = \"a.js\"\n", "wrangler.jsonc": "{\n  \"name\": \"x\"\n}\n"} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, mark := range []string{"", "\ufeff"} {
				var src []byte
				for _, unit := range utf16.Encode([]rune(mark + text)) {
					src = order.AppendUint16(src, unit)
				}
				f := Parse(path, src)
				if len(f.Errors) != 1 || !strings.Contains(f.Errors[0].Message, "UTF-16") {
					t.Errorf("%s in %v, mark %q: errors %v, want that it is UTF-16", path, order, mark, f.Errors)
				}
			}
		}
	}
	if f := Parse("wrangler.toml", []byte("a = 1\n\x00")); len(f.Errors) == 0 || strings.Contains(f.Errors[0].Message, "UTF-16") {
		t.Errorf("a NUL byte in UTF-8: errors %v", f.Errors)
	}
}
