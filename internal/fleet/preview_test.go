package fleet

import "testing"

func TestSplitPreview(t *testing.T) {
	for _, c := range []struct{ label, version, worker string }{
		{"0123abcd-api", "0123abcd", "api"},
		{"0123abcd-api-eu", "0123abcd", "api-eu"},
		{"0123abcd-", "", ""},
		{"0123abcd", "", ""},
		{"0123abcx-api", "", ""},
		{"0123abc-api", "", ""},
		{"0123abcde-api", "", ""},
		{"", "", ""},
	} {
		version, worker, ok := splitPreview(c.label)
		if version != c.version || worker != c.worker || ok != (c.worker != "") {
			t.Errorf("%q: got %q, %q, %v; want %q, %q", c.label, version, worker, ok, c.version, c.worker)
		}
	}
}
