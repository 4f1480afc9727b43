package wrangler

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCost: whatever a file is full of, eight times as much of it takes about eight times as long: not 64 times.
func TestCost(t *testing.T) {
	tests := []struct {
		name, path, open, piece, end string // %d in piece is a number that counts up
	}{
		{"environments", "wrangler.toml", "name = \"x\"\n", "[env.e%d]\nvars = { A = \"a\" }\nkv_namespaces = [{ binding = \"K\", id = \"x\" }]\n", ""},
		{"environments", "wrangler.json", `{"name": "x", "env": {`, `"e%d": {"vars": {"A": "a"}, "kv_namespaces": [{"binding": "K"}]},`, "}}"},
		{"environments below a long top level", "wrangler.json", `{`, `"k%[1]d": 1, "env": {"e%[1]d": {}},`, "}"},
		{"unknown keys", "wrangler.toml", "", "compatibility_dat%d = 1\n", ""},
		{"unknown keys on one line", "wrangler.json", "{", `"compatibility_dat%d": 1,`, "}"},
		{"one name for all", "wrangler.json", `{"kv_namespaces": [`, `{"binding": "K"},`, "]}"},
		{"items of the wrong type", "wrangler.json", `{"kv_namespaces": [`, "5,", "]}"},
		{"tables of an array", "wrangler.toml", "", "[[kv_namespaces]]\nbinding = \"K%d\"\n", ""},
		{"dotted keys", "wrangler.toml", "", "vars.a%d.b.c = 1\n", ""},
		{"no values", "wrangler.json", "{", `"a%d": b,`, "}"},
		{"no values", "wrangler.toml", "", "a = b\n[x]\n", ""},
		{"brackets that do not close", "wrangler.toml", "", "a = [\n1 2]\n", ""},
		{"carriage returns", "wrangler.toml", "", "a = 1\r", ""},
		{"NUL", "wrangler.toml", "", "a\x00 = 1\n", ""},
		{"NUL", "wrangler.json", `{"a": "`, "\x00", `"}`},
		{"single quotes", "wrangler.json", "{", "'", "}"},
		{"no UTF-8", "wrangler.toml", "", "a%d = \"\xff\xe1\x80\"\n", ""},
		{"no UTF-8", "wrangler.json", "{", "\"\xff%d\": \"\xe1\x80\",", "}"},
		{"dates", "wrangler.toml", "", "a%d = 2024-01-01\n", ""},
		{"brackets in a date", "wrangler.json", `{"compatibility_date": "`, "(", `"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name+" in "+tt.path, func(t *testing.T) {
			source := func(pieces int) []byte {
				var b strings.Builder
				b.WriteString(tt.open)
				for i := range pieces {
					if strings.Contains(tt.piece, "%") {
						fmt.Fprintf(&b, tt.piece, i)
					} else {
						b.WriteString(tt.piece)
					}
				}
				return []byte(b.String() + tt.end)
			}
			short, long := source(250), source(2000)
			// The quickest of several runs is the one that nothing else disturbed.
			ratio, limit := 0.0, 30.0
			for range 5 {
				if ratio = float64(quickest(tt.path, long)) / float64(quickest(tt.path, short)); ratio < limit {
					return
				}
			}
			t.Errorf("8 times as much takes %.0f times as long", ratio)
		})
	}
}

// quickest is the least time that reading src takes, places of its problems included.
func quickest(path string, src []byte) time.Duration {
	least := time.Hour
	for range 2 {
		start := time.Now()
		c := Parse(path, src)
		for _, p := range append(c.Problems, c.Top.Problems...) {
			c.File.Position(p.Span.Start)
		}
		least = min(least, time.Since(start))
	}
	return max(least, 200*time.Microsecond) // less is noise
}

// BenchmarkParse reads 10 MB: an environment each 120 bytes.
func BenchmarkParse(b *testing.B) {
	for path, piece := range map[string]string{
		"wrangler.toml": "[env.e%d]\nvars = { LEVEL = \"debug\", ORIGIN = \"https://example.com\" }\nkv_namespaces = [{ binding = \"CACHE\", id = \"x\" }]\n",
		"wrangler.json": `"e%d": { "vars": { "LEVEL": "debug", "ORIGIN": "https://example.com" }, "kv_namespaces": [{ "binding": "CACHE" }] },` + "\n",
	} {
		var text strings.Builder
		for i := 0; text.Len() < 10_000_000; i++ {
			fmt.Fprintf(&text, piece, i)
		}
		src := []byte(text.String())
		if path == "wrangler.json" {
			src = []byte(`{"env": {` + text.String() + "}}")
		}
		b.Run(path, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if c := Parse(path, src); len(c.File.Errors)+len(c.Problems) > 0 {
					b.Fatal(c.File.Errors, c.Problems)
				}
			}
		})
	}
}
