package syntax

import "testing"

func TestNode(t *testing.T) {
	root := Parse("a.json", []byte(`{"a": {"b": "text", "n": 5}, "a": {"b": "last"}}`)).Root
	if got := root.Get("a", "b").Str(); got != "last" {
		t.Errorf("of a repeated name the last one counts: got %q", got)
	}
	if got := root.Fields[0].Value.Get("n").Str(); got != "" {
		t.Errorf("Str of a number = %q, want nothing", got)
	}
	if n := root.Get("a", "b", "c"); n != nil {
		t.Errorf("Get through a string = %v, want nil", n)
	}
	if !root.Get("a").Is(Table) || root.Get("a").Is(String) {
		t.Errorf("Is is wrong about a table")
	}
}

// TestNothing: nil stands for a value that is not there.
func TestNothing(t *testing.T) {
	var n *Node
	if n.Get("a") != nil || n.Field("a") != nil || n.Str() != "" || n.Is(Table) {
		t.Error("nothing holds something")
	}
}

func TestNearest(t *testing.T) {
	known := []string{"kv_namespaces", "main", "name", "vars"}
	for name, want := range map[string]string{
		"nmae": "name", "mian": "main", "kv-namespaces": "kv_namespaces", "var": "vars",
		"r2_buckets": "", "ma": "", "": "", "x": "",
	} {
		if got, ok := Nearest(name, known); got != want || ok != (want != "") {
			t.Errorf("Nearest(%q) = %q, %v, want %q", name, got, ok, want)
		}
	}
}
