package seed_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/seed"
)

// shown is a seed in lines.
func shown(s *seed.Seed) string {
	var b strings.Builder
	for _, binding := range s.Bindings {
		fmt.Fprintf(&b, "%s owns %q\n", binding.Name, binding.Owns)
		for _, k := range binding.Keys {
			fmt.Fprintf(&b, "%s = %q", k.Key, k.Value)
			if k.Metadata != nil {
				fmt.Fprintf(&b, " metadata %s", k.Metadata)
			}
			if k.Expiration != 0 {
				fmt.Fprintf(&b, " until %d", k.Expiration)
			}
			if k.TTL != 0 {
				fmt.Fprintf(&b, " for %v", k.TTL)
			}
			if k.Remove {
				b.WriteString(" removed")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

const base = `STORAGE owns ["rule:"]
bytes = "\x00\xff" for 720h0m0s
greeting = "hello"
logo = "a logo" until 2208988800
old = "" removed
rule:again = "{\"match\":\"/users\",\"methods\":[\"GET\",\"POST\"],\"ttl\":60}"
rule:debug = "{\"match\":\"/debug\"}"
rule:users = "{\"match\":\"/users\",\"methods\":[\"GET\",\"POST\"],\"ttl\":60}" metadata {"by":"ada"}
`

const production = `STORAGE owns ["rule:"]
bytes = "\x00\xff" for 720h0m0s
greeting = "good day"
logo = "a logo" until 2208988800
old = "" removed
only = "here"
rule:again = "{\"match\":\"/users\",\"methods\":[\"GET\",\"POST\"],\"ttl\":60}"
rule:debug = "" removed
rule:users = "{\"match\":\"/users\",\"methods\":[\"GET\",\"POST\"],\"ttl\":60}" metadata {"by":"ada"}
`

// The same seed in three languages is one seed.
func TestRead(t *testing.T) {
	for _, name := range []string{"seed.yaml", "seed.toml", "seed.jsonc"} {
		for env, want := range map[string]string{"": base, "test": base, "production": production} {
			s, err := seed.Read([]string{filepath.Join("testdata", name)}, seed.Options{Environment: env, Environments: []string{"test", "production"}})
			if err != nil {
				t.Errorf("%s, environment %q: %v", name, env, err)
				continue
			}
			if got := shown(s); got != want {
				t.Errorf("%s, environment %q (-want +got):\n%s", name, env, cmp.Diff(want, got))
			}
		}
	}
}

// Each mistake is told with its place, and none of them costs the others.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ name, file, src, want string }{
		{"syntax of YAML", "a.yaml", "bindings:\n  A: [\n", "a.yaml:2:1: did not find expected node content"},
		{"syntax of TOML", "a.toml", "[bindings\n", "a.toml:1:10: expected ']' to close table name"},
		{"empty", "a.yaml", "", "a.yaml:1:1: the file is empty"},
		{"two documents", "a.yaml", "bindings: {}\n---\nbindings: {}\n", "a.yaml:1:1: the file has more than one document"},
		{"nothing", "a.json", "{}", "a.json:1:1: the file seeds nothing: it has no bindings"},
		{"a list", "a.yaml", "- a\n", "a.yaml:1:1: a seed is an array, and has to be a table"},
		{"typo", "a.yaml", "bindings:\n  A:\n    kesy: {}\n", `a.yaml:3:5: binding "A" has no field "kesy"`},
		{"key twice", "a.yaml", "bindings:\n  A:\n    keys:\n      k: a\n      k: b\n", `a.yaml:5:7: "k" is there twice`},
		{"number for a key", "a.yaml", "bindings:\n  A:\n    keys:\n      1: a\n", "a.yaml:4:7: a name is no text"},
		{"number for a value", "a.yaml", "bindings:\n  A:\n    keys:\n      k: 1\n", "a.yaml:4:10: a key is an integer, and has to be a table"},
		{"no value", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {ttl: 60}\n", "a.yaml:4:7: a key has one of text, json, base64 and file, and this has 0"},
		{"two values", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {text: a, json: 1}\n", "a.yaml:4:7: a key has one of text, json, base64 and file, and this has 2"},
		{"key name", "a.yaml", "bindings:\n  A:\n    keys:\n      ..: a\n", `a.yaml:4:7: key is not valid: ".." is not allowed`},
		{"fingerprint", "a.yaml", "bindings:\n  A:\n    keys:\n      __bindery__/fingerprint: a\n", "a.yaml:4:7: the key is the namespace's fingerprint"},
		{"base64", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {base64: '*'}\n", "a.yaml:4:19: it is not base64"},
		{"file", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {file: none}\n", "a.yaml:4:17: read none: no such file or directory"},
		{"file that is a folder", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {file: .}\n", "a.yaml:4:17: . is no regular file"},
		{"expiration", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {text: a, expiration: soon}\n", "a.yaml:4:32: the expiration is no time"},
		{"ttl", "a.toml", "[bindings.A.keys]\nk = { text = \"a\", ttl = 59 }\n", "a.toml:2:25: the ttl is no duration of at least 60 seconds"},
		{"both", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {text: a, ttl: 60, expiration: 2000000000}\n", "a.yaml:4:25: a key has an expiration or a ttl"},
		{"metadata", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {text: a, metadata: " + strings.Repeat("a", 1100) + "}\n", "a.yaml:4:30: metadata is too large: metadata length of 1102 exceeds limit of 1024"},
		{"removed with a value", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {remove: true, text: a}\n", "a.yaml:4:19: remove is true, and then alone"},
		{"infinity", "a.toml", "[bindings.A.keys]\nk = { json = [1, inf] }\n", "a.toml:2:18: the number has no form in JSON"},
		{"not a number", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {json: [1, .nan]}\n", "a.yaml:4:21: the number has no form in JSON"},
		{"field twice", "a.json", `{"bindings":{"A":{"keys":{"k":{"json":{"a":1,"a":2}}}}}}`, `a.json:1:46: "a" is there twice`},
		{"merge", "a.yaml", "bindings:\n  A:\n    keys:\n      k: &k {text: a}\n      l: {<<: *k}\n", "a.yaml:5:11: << is not read"},
		{"alias of itself", "a.yaml", "bindings:\n  A:\n    keys:\n      k: {json: &a [*a]}\n", "a.yaml:4:21: the alias stands inside what it names"},
		{"schema", "a.yaml", "bindings:\n  A:\n    schemas: {r: rule.schema.json}\n    keys:\n      r1: {json: {match: /, methods: [GET, PUT]}}\n",
			`a.yaml:5:44: /methods/1 of "r1": value must be one of 'GET', 'POST' (rule.schema.json)`},
		{"schema, a field too many", "a.toml", "[bindings.A]\nschemas = { r = \"rule.schema.json\" }\n[bindings.A.keys.r1.json]\nmatch = \"/\"\nmatches = 1\n",
			`a.toml:5:1: the value of "r1": additional properties 'matches' not allowed (rule.schema.json)`},
		{"schema, without the value", "a.yaml", "bindings:\n  A:\n    schemas: {r: rule.schema.json}\n    keys:\n      r1: {json: {match: hush}}\n",
			`a.yaml:5:26: /match of "r1": it does not match ^/ (rule.schema.json)`},
		{"schema for text", "a.yaml", "bindings:\n  A:\n    schemas: {r: rule.schema.json}\n    keys:\n      r1: nothing\n",
			`a.yaml:5:11: the value of "r1" is not JSON, and rule.schema.json is for it`},
		{"schema that is not there", "a.yaml", "bindings:\n  A:\n    schemas: {r: none.json}\n", "a.yaml:3:18: none.json is no JSON Schema that can be used: no such file or directory"},
		{"schema that is none", "a.yaml", "bindings:\n  A:\n    schemas: {r: wrong.json}\n", "a.yaml:3:18: wrong.json is no JSON Schema that can be used: at /type: value must be one of"},
		{"schema over a network", "a.yaml", "bindings:\n  A:\n    schemas: {r: remote.json}\n", "a.yaml:3:18: remote.json is no JSON Schema that can be used: "},
		{"overlay", "a.yaml", "environments:\n  prodution:\n    bindings: {}\n", `a.yaml:2:3: the configuration declares no environment "prodution"`},
		{"overlay of another environment", "a.yaml", "bindings:\n  A:\n    schemas: {r: rule.schema.json}\nenvironments:\n  production:\n    bindings:\n      A:\n        keys:\n          r1: {json: {match: 1}}\n",
			`a.yaml:9:30: /match of "r1": got number, want string (rule.schema.json)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
				t.Fatal(err)
			}
			write(t, dir, "wrong.json", `{"type": "sentence"}`)
			write(t, dir, "remote.json", `{"$ref": "https://example.com/schema.json"}`)
			_, err := seed.Read([]string{write(t, dir, c.file, c.src)}, seed.Options{Environments: []string{"production"}})
			var mistakes seed.Errors
			if !errors.As(err, &mistakes) {
				t.Fatalf("of\n%sit says %v, want a mistake", c.src, err)
			}
			got := strings.ReplaceAll(mistakes[0].Error(), dir+string(os.PathSeparator), "")
			if !strings.HasPrefix(got, c.want) || len(mistakes) != 1 {
				t.Errorf("of\n%sit says %d mistakes:\n%s\nwant only\n%s", c.src, len(mistakes), strings.ReplaceAll(err.Error(), dir+"/", ""), c.want)
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Two files are one seed, and say nothing twice.
func TestReadSeveral(t *testing.T) {
	dir := t.TempDir()
	one := write(t, dir, "one.yaml", "bindings: {A: {keys: {a: '1'}}}\n")
	two := write(t, dir, "two.toml", "[bindings.A.keys]\nb = \"2\"\n[bindings.B.keys]\na = \"3\"\n")
	s, err := seed.Read([]string{one, two}, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "A owns []\na = \"1\"\nb = \"2\"\nB owns []\na = \"3\"\n"
	if got := shown(s); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	three := write(t, dir, "three.yaml", "bindings: {A: {keys: {a: '4'}}}\n")
	if _, err := seed.Read([]string{one, three}, seed.Options{}); err == nil || !strings.HasSuffix(err.Error(), `key "a" is at `+one+":1:23 already") {
		t.Errorf("a key in two files: %v", err)
	}
	var file *seed.FileError
	for _, path := range []string{write(t, dir, "keys.txt", ""), dir} {
		if _, err := seed.Read([]string{path}, seed.Options{}); !errors.As(err, &file) {
			t.Errorf("%s: %v, want a FileError", path, err)
		}
	}
}

// Aliases that would make gigabytes of a few lines end at the limit of a value.
func TestAliasesAreBounded(t *testing.T) {
	src := "bindings:\n  A:\n    keys:\n      k:\n        json:\n          - &a0 [" + strings.Repeat("x", 1000) + "]\n"
	for i := range 12 {
		src += fmt.Sprintf("          - &a%d [%s*a%d]\n", i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 7), i)
	}
	_, err := seed.Read([]string{write(t, t.TempDir(), "a.yaml", src)}, seed.Options{})
	if err == nil || !strings.Contains(err.Error(), "the value is larger than 26214400 bytes") {
		t.Errorf("got %v, want the value refused", err)
	}
}
