package transfer_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

var digests = regexp.MustCompile(`"sha256":"[0-9a-f]*"`)

// The documented forms, to the byte.
func TestForms(t *testing.T) {
	items := map[string]kv.Item{
		"a":     {Value: []byte("text\n"), Metadata: []byte(`{"by": "<me>"}`), Expiration: 2000000000},
		"b/png": {Value: []byte{0x89, 'P', 'N', 'G'}},
		"empty": {Value: []byte{}},
	}
	dir := t.TempDir()
	for name, want := range map[string]string{
		"x.ndjson": `{"bindery":"kv-export","version":1,"source":"test","time":"2026-11-22T10:00:00Z"}
{"key":"a","value":"text\n","metadata":{"by":"<me>"},"expiration":2000000000}
{"key":"b/png","base64":"iVBORw=="}
{"key":"empty","value":""}
{"manifest":{"keys":3,"bytes":9,"sha256":"34db2f3b"}}
`,
		"x.json": `[
{"key":"a","value":"text\n","metadata":{"by":"<me>"},"expiration":2000000000},
{"key":"b/png","value":"iVBORw==","base64":true},
{"key":"empty","value":""}
]
`,
		"x/index.ndjson": `{"bindery":"kv-export","version":1,"source":"test","time":"2026-11-22T10:00:00Z"}
{"key":"a","file":"a","size":5,"sha256":"","metadata":{"by":"<me>"},"expiration":2000000000}
{"key":"b/png","file":"b%2fpng","size":4,"sha256":""}
{"key":"empty","file":"empty","size":0,"sha256":""}
{"manifest":{"keys":3,"bytes":9,"sha256":""}}
`,
	} {
		kind, _, folder := strings.Cut(name, "/")
		if folder {
			kind += "/"
		}
		through(t, dir, kind, transfer.NewNamespace(namespaceOf(t, items)))
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(digests.ReplaceAllString(want, `"sha256":""`), digests.ReplaceAllString(string(got), `"sha256":""`)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What a file by others may look like, and what is said of one that is wrong.
func TestReading(t *testing.T) {
	const head = `{"bindery":"kv-export","version":1,"time":"2026-11-22T10:00:00Z"}` + "\n"
	for _, c := range []struct {
		name, file, text string
		want             string // keys=value, or the error
	}{
		{"plain lines", "x.ndjson", "{\"key\":\"b\",\"value\":\"1\"}\n\n{\"key\":\"a\",\"base64\":\"/w==\"}", "b=1 a=\xff"},
		{"no lines", "x.ndjson", "", ""},
		{"a byte order mark", "x.ndjson", "\ufeff{\"key\":\"b\",\"value\":\"1\"}\r\n", "b=1"},
		{"no JSON", "x.ndjson", "{\"key\":\"b\",\"value\":\"1\"}\nhello\n", "line 2: it is not the JSON that belongs there"},
		{"half a line", "x.ndjson", `{"key":"b","val`, "line 1: its JSON ends too early"},
		{"two values", "x.ndjson", `{"key":"b","value":"1","base64":"/w=="}`, "line 1: it has both"},
		{"no value", "x.ndjson", `{"key":"b"}`, "line 1: it has neither"},
		{"a number for a value", "x.ndjson", `{"key":"b","value":12345}`, "line 1: value is a JSON number"},
		{"an array", "x.ndjson", `[]`, "line 1: it is a JSON array, and no object"},
		{"a field that would be lost", "x.ndjson", `{"key":"b","value":"1","metdata":{}}`, `unknown field "metdata"`},
		{"bad base64", "x.ndjson", `{"key":"b","base64":"?"}`, "line 1: the value is not base64"},
		{"no UTF-8", "x.ndjson", "{\"key\":\"b\",\"value\":\"\xff\"}", "line 1: it is not UTF-8"},
		{"a key that is none", "x.ndjson", `{"key":"..","value":"1"}`, "line 1: key is not valid"},
		{"an expiration that is none", "x.ndjson", `{"key":"a","value":"1","expiration":-1}`, "line 1: Invalid expiration of -1"},
		{"metadata that is too long", "x.ndjson", `{"key":"a","value":"1","metadata":"` + strings.Repeat("m", 1024) + `"}`, "line 1: metadata is too large"},
		{"cut off", "x.ndjson", head + "{\"key\":\"a\",\"value\":\"1\"}\n", "the file ends after line 2 without its manifest"},
		{"changed", "x.ndjson", head + "{\"key\":\"a\",\"value\":\"1\"}\n{\"manifest\":{\"keys\":1,\"bytes\":1,\"sha256\":\"0\"}}", "and the manifest says 0"},
		{"a key lost", "x.ndjson", head + "{\"manifest\":{\"keys\":1,\"bytes\":1,\"sha256\":\"0\"}}", "the manifest counts 1 keys, and the file has 0"},
		{"a newer form", "x.ndjson", `{"bindery":"kv-export","version":2,"more":1}`, "line 1: version 2 of the form is newer"},
		{"another file of ours", "x.ndjson", `{"bindery":"plan","version":1}`, "line 1: it is not the header of a kv-export"},

		{"wrangler's form", "x.json", `[{"key":"b","value":"1","more":0},{"value":"/w==","base64":true,"key":"a","expiration_ttl":null}]`, "b=1 a=\xff"},
		{"an empty array", "x.json", " [ ] ", ""},
		{"an object", "x.json", `{"a":"1"}`, "it is not an array of pairs"},
		{"an empty file", "x.json", ``, "its JSON ends too early"},
		{"half an array", "x.json", `[{"key":"b","value":"1"},`, "pair 2: its JSON ends too early"},
		{"an array that does not end", "x.json", `[{"key":"b","value":"1"}`, "its JSON ends too early"},
		{"something behind", "x.json", `[] []`, "something follows the array"},
		{"no value there", "x.json", `[{"key":"b"}]`, "pair 1: it has no value"},
		{"a list", "x.json", `["b"]`, "pair 1: it is a JSON string, and no object"},
		{"bad UTF-8", "x.json", "[{\"key\":\"b\",\"value\":\"\xff\"}]", "pair 1: it is not UTF-8"},
		{"no such time", "x.json", `[{"key":"b","value":"","expiration_ttl":-1}]`, "pair 1: an expiration_ttl of -1"},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(t, path)
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s: %s\ngot  %q\nwant %q", c.name, c.text, got, c.want)
		}
	}
}

// readAll is what a file has, as key=value.
func readAll(t testing.TB, path string) (string, error) {
	src, err := transfer.OpenFile(path, transfer.FormatOf(path), now)
	if err != nil {
		return "", err
	}
	var all []string
	for e, err := range src.Scan(t.Context(), transfer.Query{}) {
		if err != nil {
			return strings.Join(all, " "), err
		}
		all = append(all, e.Key+"="+string(e.Value))
	}
	return strings.Join(all, " "), nil
}

// Damage of any byte of an export is seen before anything is used, and so is a cut at any place.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	items := hostile(0)
	delete(items, "large")
	through(t, dir, "x.ndjson", transfer.NewNamespace(namespaceOf(t, items)))
	whole, err := os.ReadFile(filepath.Join(dir, "x.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "damaged.ndjson")
	first := strings.IndexByte(string(whole), '\n') + 1
	for at := first; at < len(whole); at += 1 + len(whole)/500 {
		flipped := append([]byte{}, whole...)
		flipped[at] ^= 0x01
		for what, text := range map[string][]byte{"flipped": flipped, "cut": whole[:at]} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := transfer.OpenFile(path, transfer.NDJSON, now); err == nil {
				t.Errorf("%s at byte %d of %d: the file was taken", what, at, len(whole))
			}
		}
	}
}

// A folder whose files are not what its index says is refused where that shows, and nothing outside of it is read.
func TestDamagedFolder(t *testing.T) {
	items := map[string]kv.Item{"a": {Value: []byte("value of a")}}
	for name, harm := range map[string]func(dir string) error{
		"another value": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "values/a"), []byte("value of b"), 0o600)
		},
		"another length": func(dir string) error { return os.WriteFile(filepath.Join(dir, "values/a"), nil, 0o600) },
		"no value":       func(dir string) error { return os.Remove(filepath.Join(dir, "values/a")) },
		"no index":       func(dir string) error { return os.Remove(filepath.Join(dir, "index.ndjson")) },
		"a link out": func(dir string) error {
			outside := filepath.Join(dir, "../outside")
			return errors.Join(os.WriteFile(outside, []byte("value of a"), 0o600), os.Remove(filepath.Join(dir, "values/a")), os.Symlink("../../outside", filepath.Join(dir, "values/a")))
		},
	} {
		dir := t.TempDir()
		through(t, dir, "x/", transfer.NewNamespace(namespaceOf(t, items)))
		if err := harm(filepath.Join(dir, "x")); err != nil {
			t.Fatal(err)
		}
		if got, err := readAll(t, filepath.Join(dir, "x")+"/"); err == nil {
			t.Errorf("%s: it was read as %q", name, got)
		}
	}
}

// Nothing is replaced, and what is given up leaves nothing.
func TestCreateFile(t *testing.T) {
	for _, kind := range kinds[1:] {
		dir := t.TempDir()
		path, format := filepath.Join(dir, kind), transfer.FormatOf(kind)
		w, err := transfer.CreateFile(path, format, header)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Put(t.Context(), []kv.Pair{{Key: "a"}}), w.Close()); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: given up, it left %v", kind, left)
		}
		through(t, dir, kind, transfer.NewNamespace(namespaceOf(t, nil)))
		var exists *transfer.ExistsError
		if _, err := transfer.CreateFile(path, format, header); !errors.As(err, &exists) {
			t.Errorf("%s: made again: got %v, want that it is there", kind, err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%s: the folder holds %v, want the export alone", kind, left)
		}
	}
}
