package wire

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// Values are written as encoding/json would write them.
func FuzzAppendText(f *testing.F) {
	for _, seed := range []string{"", "plain", `"\`, "\x00\b\t\n\f\r\x1f\x7f", "é\u2028\u2029\ufeff😀", "<a href='&'>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip("values are found to be UTF-8 before")
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(text); err != nil {
			t.Fatal(err)
		}
		if got := `"` + string(AppendText(nil, []byte(text))) + "\"\n"; got != want.String() {
			t.Errorf("%q: got %s, want %s", text, got, want.String())
		}
	})
}
