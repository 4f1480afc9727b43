package syntax

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gotoml "github.com/pelletier/go-toml/v2"
	"github.com/tailscale/hujson"
)

// TestSlices: every value, cut out of the file by its span and decoded alone, equals what a real decoder saw in
// that place when it read the whole. So do the keys, and so does the tree as a whole.
func TestSlices(t *testing.T) {
	paths := documents(t)
	corpus, err := filepath.Glob("../../../shared/corpus/*/wrangler.*")
	if err != nil || len(corpus) == 0 {
		t.Log("no corpus beside the repository: only the documents of testdata are compared")
	}
	values := 0
	for _, path := range append(paths, corpus...) {
		f := parseFile(t, path)
		if len(f.Errors) > 0 {
			continue // TestTree says so of ours
		}
		decode := decoderFor(f.Format)
		text := f.Slice(Span{f.textStart(), len(f.Source)})
		whole, err := decode(text, true)
		if err != nil {
			t.Errorf("%s parses, but the decoder says: %v", path, err)
			continue
		}
		values += compareSlices(t, f, decode, f.Root, whole, filepath.Base(path))
	}
	if values < 60 { // of the documents in testdata alone
		t.Errorf("only %d values were compared", values)
	}
	t.Logf("%d values compared", values)
}

// decoder decodes a document, or one value cut from it.
type decoder func(text string, document bool) (any, error)

func decoderFor(format Format) decoder {
	if format == TOML {
		return func(text string, document bool) (any, error) {
			if document {
				doc := map[string]any{}
				return doc, gotoml.Unmarshal([]byte(text), &doc)
			}
			var doc map[string]any
			err := gotoml.Unmarshal([]byte("v = "+text), &doc)
			return doc["v"], err
		}
	}
	return func(text string, _ bool) (v any, err error) {
		standard, err := hujson.Standardize([]byte(text + "\n"))
		if err != nil {
			return nil, err
		}
		return v, json.Unmarshal(standard, &v)
	}
}

// compareSlices compares n and what is below it with what the decoder saw, and returns the number of values.
func compareSlices(t *testing.T, f *File, decode decoder, n *Node, seen any, path string) (values int) {
	t.Helper()
	if !inPieces(f, n) {
		values++
		got, err := decode(f.Slice(n.Span), false)
		if err != nil {
			t.Errorf("%s: %q cannot be decoded: %v", path, f.Slice(n.Span), err)
		} else if diff := cmp.Diff(seen, got); diff != "" {
			t.Errorf("%s: %q differs (-whole +slice)\n%s", path, f.Slice(n.Span), diff)
		}
	}
	switch n.Kind {
	case Table:
		table, ok := seen.(map[string]any)
		if !ok {
			t.Errorf("%s is a table here, and %T to the decoder", path, seen)
			return values
		}
		names := map[string]bool{}
		for _, field := range n.Fields {
			names[field.Name] = true
			if n.Field(field.Name) == field {
				values += compareSlices(t, f, decode, field.Value, table[field.Name], path+"."+field.Name)
			}
		}
		if len(names) != len(table) {
			t.Errorf("%s: %d names here, %d to the decoder", path, len(names), len(table))
		}
	case Array:
		array, ok := seen.([]any)
		if !ok || len(array) != len(n.Items) {
			t.Errorf("%s is an array of %d here, and %v to the decoder", path, len(n.Items), seen)
			return values
		}
		for i, item := range n.Items {
			values += compareSlices(t, f, decode, item, array[i], fmt.Sprintf("%s[%d]", path, i))
		}
	}
	return values
}

// inPieces says that n is a TOML table or array written in pieces: with headers, or with dotted keys.
func inPieces(f *File, n *Node) bool {
	switch n.Kind {
	case Table:
		return !strings.HasPrefix(f.Slice(n.Span), "{")
	case Array:
		return len(n.Items) > 0 && n.Items[0].Header != Span{}
	}
	return false
}
