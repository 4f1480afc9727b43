package syntax

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gotoml "github.com/pelletier/go-toml/v2"
	"github.com/tailscale/hujson"
)

// FuzzTOML: Parse never panics, spans are nested and in range, and a file has errors exactly if go-toml's decoder
// has one, but for integers and depths beyond what wrangler's parser holds.
func FuzzTOML(f *testing.F) {
	addSeeds(f, "*.toml")
	f.Fuzz(func(t *testing.T, src []byte) {
		file := Parse("fuzz.toml", src)
		checkTree(t, file)
		text := src[file.textStart():]
		if _, foreign := foreignEncoding(src); foreign || !utf8.Valid(text) {
			return
		}
		ours := errorsBut(file, "the integer is too large", "values nest more than")
		err := gotoml.Unmarshal(text, new(map[string]any))
		if err != nil && strings.Contains(err.Error(), "value out of range") {
			return // a float that reads as infinity, here as in JavaScript
		}
		if (err != nil) != (len(ours) > 0) && len(ours) == len(file.Errors) {
			t.Errorf("Parse(%q): errors %v; the decoder says %v", src, ours, err)
		}
	})
}

// FuzzJSONC: the same against hujson, but for what wrangler's parser takes and hujson does not.
func FuzzJSONC(f *testing.F) {
	addSeeds(f, "*.json*")
	f.Fuzz(func(t *testing.T, src []byte) {
		file := Parse("fuzz.jsonc", src)
		checkTree(t, file)
		text := src[file.textStart():]
		if _, foreign := foreignEncoding(src); foreign || !utf8.Valid(text) || bytes.ContainsAny(text, "\r\u2028\u2029") {
			return
		}
		ours := errorsBut(file, "values nest more than", "expected '{': a configuration")
		_, err := hujson.Parse(append(bytes.Clone(text), '\n'))
		if (err != nil) != (len(ours) > 0) && len(ours) == len(file.Errors) {
			t.Errorf("Parse(%q): errors %v; hujson says %v", src, ours, err)
		}
	})
}

// TestHostile: a file made to hurt costs time and stack in proportion to its size, and no more.
func TestHostile(t *testing.T) {
	const n = 30_000
	tests := []struct{ name, path, src string }{
		{"open arrays", "a.toml", "a = " + strings.Repeat("[", n)},
		{"nested arrays", "a.toml", "a = " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000)},
		{"nested inline tables", "a.toml", "a = " + strings.Repeat("{a.b=", 4_000) + "1" + strings.Repeat("}", 4_000)},
		{"a long key", "a.toml", strings.Repeat("a.", n) + "a = 1"},
		{"a long header", "a.toml", "[" + strings.Repeat("a.", n) + "a]\nb = 1"},
		{"a key twice, again and again", "a.toml", strings.Repeat("a = 1\n", n)},
		{"a broken line, again and again", "a.toml", strings.Repeat("a\n", n)},
		{"a broken table, again and again", "a.toml", strings.Repeat("[a]\nb = [1 2\n", n)},
		{"open arrays", "a.json", strings.Repeat("[", n)},
		{"open objects", "a.json", strings.Repeat(`{"a":`, n)},
		{"no commas", "a.json", `{"a": [` + strings.Repeat("1 ", n) + "]}"},
		{"open comments", "a.json", "{" + strings.Repeat("/*", n)},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.name, func(t *testing.T) {
			start := time.Now()
			file := Parse(tt.path, []byte(tt.src))
			if len(file.Errors) == 0 {
				t.Errorf("%.40q… has no error", tt.src)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%.40q… took %v", tt.src, took)
			}
			if deep := depth(file.Root); deep > maxDepth+maxBrackets {
				t.Errorf("%.40q… is %d deep", tt.src, deep)
			}
		})
	}
}

// depth counts the levels below n.
func depth(n *Node) int {
	deepest := -1
	for _, item := range n.Items {
		deepest = max(deepest, depth(item))
	}
	for _, field := range n.Fields {
		deepest = max(deepest, depth(field.Value))
	}
	return deepest + 1
}

func addSeeds(f *testing.F, pattern string) {
	f.Helper()
	for _, folder := range []string{"valid", "broken"} {
		paths, err := filepath.Glob(filepath.Join("testdata", folder, pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			if !strings.HasSuffix(path, ".tree") && !strings.HasSuffix(path, ".want") {
				f.Add(parseFile(f, path).Source)
			}
		}
	}
}

// errorsBut lists the messages that begin with none of the prefixes.
func errorsBut(file *File, prefixes ...string) (messages []string) {
	for _, e := range file.Errors {
		excepted := false
		for _, prefix := range prefixes {
			excepted = excepted || strings.HasPrefix(e.Message, prefix)
		}
		if !excepted {
			messages = append(messages, e.Message)
		}
	}
	return messages
}

// checkTree checks what holds of every parsed file, broken or not.
func checkTree(t *testing.T, file *File) {
	t.Helper()
	if file.Root == nil || file.Root.Kind != Table {
		t.Fatalf("Parse(%q): the root is %v, want a table", file.Source, file.Root)
	}
	all := Span{0, len(file.Source)}
	for _, e := range file.Errors {
		inside(t, file, e.Span, all, "error "+e.Message)
		for _, note := range e.Notes {
			inside(t, file, note.Span, all, "note "+note.Message)
		}
		if e.Message == "" || strings.HasSuffix(e.Message, ".") {
			t.Errorf("Parse(%q): an error says %q", file.Source, e.Message)
		}
	}
	checkNode(t, file, file.Root, all)
	if again := Parse(file.Path, file.Source); render(file) != render(again) || renderErrors(file) != renderErrors(again) {
		t.Errorf("Parse(%q) gives two different trees", file.Source)
	}
}

// checkNode checks that n lies within outer, which is its parent's span, and so on downwards. What a header opens,
// or only names, may lie anywhere; and so may what belongs to a table that is, by mistake, opened twice.
func checkNode(t *testing.T, file *File, n *Node, outer Span) {
	t.Helper()
	inside(t, file, n.Span, outer, "value")
	inside(t, file, n.Header, Span{0, len(file.Source)}, "header")
	all := Span{0, len(file.Source)}
	for _, item := range n.Items {
		if item.Header != (Span{}) || len(file.Errors) > 0 {
			checkNode(t, file, item, all)
		} else {
			checkNode(t, file, item, n.Span)
		}
	}
	for _, field := range n.Fields {
		anywhere := len(file.Errors) > 0 || field.Implied || field.Value.Header != Span{} ||
			field.Value.Kind == Array && len(field.Value.Items) > 0 && field.Value.Items[0].Header != Span{}
		if anywhere {
			inside(t, file, field.NameAt, all, "name")
			checkNode(t, file, field.Value, all)
			continue
		}
		inside(t, file, field.NameAt, n.Span, "name")
		checkNode(t, file, field.Value, n.Span)
	}
}

func inside(t *testing.T, file *File, s, outer Span, what string) {
	t.Helper()
	if s.Start > s.End || s.Start < outer.Start || s.End > outer.End {
		t.Fatalf("Parse(%q): %s has span %v, want it inside %v", file.Source, what, s, outer)
	}
}
