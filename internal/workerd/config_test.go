package workerd

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// program is one of everything, with name in each place that a user's text can get to.
func program(name string) Program {
	return Program{
		Workers: []Worker{
			{
				Name: name, CompatibilityDate: name, CompatibilityFlags: []string{name, "nodejs_compat"},
				Modules: []Module{
					{Name: name + ".js", Kind: ESModule, Content: []byte(name)},
					{Name: name + ".cjs", Kind: CommonJS}, {Name: name + ".txt", Kind: Text}, {Name: name + ".bin", Kind: Data},
					{Name: name + ".wasm", Kind: Wasm}, {Name: name + ".json", Kind: JSON},
				},
				Bindings: []Binding{
					{name, TextValue(name)}, {name, JSONValue(name)}, {name, DataValue(name)}, {name, KV(name)}, {name, R2(name)}, {name, Queue(name)},
					{name, Service{Worker: name}}, {name, Service{Worker: name, Entrypoint: name, Props: name}},
					{name, Objects{Class: name}}, {name, Objects{Class: name, Worker: name}},
					{name, Wrapped{Extension: name, Inner: []Binding{{name, TextValue(name)}, {name, JSONValue(name)}}}},
				},
				Classes: []Class{{Name: name, Key: name, SQLite: true}, {Name: name, Key: name}},
				Storage: name, Outbound: name, Cache: name, Tails: []string{name},
			},
			{Name: name, Classic: []byte(name), CompatibilityDate: name, Classes: []Class{{Name: name, Key: name}}, Bindings: []Binding{{name, WasmValue(name)}}},
		},
		Externals:  []External{{Name: name, Socket: name, Headers: []Header{{name, name}}}, {Name: name, Socket: name, Scheme: true}},
		Disks:      []Disk{{Name: name, Path: name}},
		Sockets:    []Socket{{Name: name, Worker: name}},
		Extensions: []Extension{{Name: name, Content: []byte(name)}},
		HeapMiB:    128,
	}
}

func socketAt(i int) string { return "/run/" + strconv.Itoa(i) + ".sock" }

func TestConfiguration(t *testing.T) {
	p := program("name")
	c := marshal(&p, socketAt)
	path := filepath.Join("testdata", "config.capnp")
	if *update {
		if err := os.WriteFile(path, c.text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), c.text.String()); diff != "" {
		t.Errorf("configuration (-want +got; -update rewrites it):\n%s", diff)
	}
}

var literal = regexp.MustCompile(`"((?:[A-Za-z0-9._/: -]|\\x[0-9a-f]{2})*)"`)

// FuzzNothingBreaksOut puts a text into every place of a program, and holds what is outside of
// the literals against that of a harmless program: not one byte may differ.
func FuzzNothingBreaksOut(f *testing.F) {
	for _, seed := range []string{"name", `"`, `\`, `\"`, "x\"), (name = \"y\"", "\n# \"", "\x00\xff", "é漢", `\x2`, "]]);", "0\"1"} {
		f.Add(seed)
	}
	harmless := program("name")
	outside := func(c *config) []byte { return literal.ReplaceAll(c.text.Bytes(), nil) }
	want := outside(marshal(&harmless, socketAt))
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" {
			t.Skip("what is empty is left out of a configuration")
		}
		p := program(text)
		c := marshal(&p, socketAt)
		if got := outside(c); !bytes.Equal(got, want) {
			t.Fatalf("%q is seen outside of the literals:\n%s", text, cmp.Diff(string(want), string(got)))
		}
		lone := new(config).string(text).text.Bytes()
		if got := read(t, literal.FindSubmatch(lone)[1]); got != text {
			t.Fatalf("%q is written as %s, which reads as %q", text, lone, got)
		}
	})
}

// read takes the escapes back, by the rules of the notation.
func read(t *testing.T, inside []byte) string {
	t.Helper()
	return regexp.MustCompile(`\\x..`).ReplaceAllStringFunc(string(inside), func(escape string) string {
		n, err := strconv.ParseUint(escape[2:], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		return string([]byte{byte(n)})
	})
}
