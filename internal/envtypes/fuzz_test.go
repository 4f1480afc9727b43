package envtypes

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// FuzzDeclarations: whatever a file holds, reading it ends, and what is found stands where it is said to.
func FuzzDeclarations(f *testing.F) {
	for _, seed := range []string{
		"export interface Env { CACHE: KVNamespace; readonly A?: string }",
		"declare global { interface Env extends A<{ b: 1 }> { 'x-y': 1, readonly: 2\n C\n: 3 } }",
		"type Bindings = { A: `${`${1 /* } */}`}` }",
		"const a = b / c / d, r = /[/}]/g; interface Env {}", "x = 'it\\'s' + \"\\\n\"; /* interface Env { */",
		"interface Env", "interface Env {", "}", "`", "`${", "'", "/", "/*", "\\", "#!/usr/bin/env node\ninterface Env{a:1}", "\xff\xfe{", "((([[[",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tokens, ok := scan(src)
		last := -1
		for _, token := range tokens {
			if token.at <= last || token.at >= len(src) {
				t.Fatalf("%q: a token at %d follows one at %d", src, token.at, last)
			}
			if last = token.at; token.kind == wordToken && !strings.HasPrefix(src[token.at:], token.text) {
				t.Fatalf("%q: %q is not at %d", src, token.text, token.at)
			}
		}
		if !ok {
			return
		}
		exportedClasses(tokens)
		for _, d := range declarations(tokens) {
			if !strings.HasPrefix(src[d.name.at:], d.name.text) {
				t.Errorf("%q: %s is not at %d", src, d.name.text, d.name.at)
			}
		}
	})
}

// TestHostileSources: what nobody writes does not hold up who writes something else.
func TestHostileSources(t *testing.T) {
	for name, src := range map[string]string{
		"heads":     strings.Repeat("interface Env ", maxFile/4/14),
		"members":   "interface Env {" + memberList(maxFile/4/8) + "}",
		"brackets":  strings.Repeat("{", maxFile/4),
		"templates": strings.Repeat("`${", maxFile/4/3),
		"types":     strings.Repeat("type Env = {}\n", maxFile/4/14),
	} {
		begin := time.Now()
		if tokens, ok := scan(src); ok {
			declarations(tokens)
		}
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func memberList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "m%d:1;", i)
	}
	return b.String()
}
