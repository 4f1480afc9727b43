package seed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// table wants a table whose names are known, each once; it returns it all the same, for what can be read of it.
func (d *document) table(n *syntax.Node, what string, known ...string) *syntax.Node {
	if !n.Is(syntax.Table) {
		d.wrong(n.Span, "", "%s is %s, and has to be a table", what, n.Kind)
		return &syntax.Node{Kind: syntax.Table, Span: n.Span}
	}
	seen := map[string]bool{}
	for _, f := range n.Fields {
		if seen[f.Name] {
			d.wrong(f.NameAt, "", "%q is there twice", f.Name)
		}
		seen[f.Name] = true
		if known != nil && !slices.Contains(known, f.Name) {
			help := "it may have: " + strings.Join(known, ", ")
			if near, ok := syntax.Nearest(f.Name, known); ok {
				help = "did you mean " + near + "?"
			}
			d.wrong(f.NameAt, help, "%s has no field %q", what, f.Name)
		}
	}
	return n
}

// root reads the whole file.
func (d *document) root() {
	root := d.table(d.file.Root, "a seed", "$schema", "bindings", "environments")
	if n := root.Get("bindings"); n != nil {
		for _, f := range d.table(n, "bindings").Fields {
			d.binding(f)
		}
	}
	if n := root.Get("environments"); n != nil {
		for _, f := range d.table(n, "environments").Fields {
			d.environment(f)
		}
	}
	if len(d.file.Root.Fields) == 0 && d.file.Root.Is(syntax.Table) {
		d.wrong(d.file.Root.Span, "docs/data.md shows one", "the file seeds nothing: it has no bindings")
	}
}

func (d *document) binding(f *syntax.Field) {
	b := d.reader.binding(f.Name, d.place(f.NameAt))
	n := d.table(f.Value, fmt.Sprintf("binding %q", f.Name), "schemas", "owns", "keys")
	if owns := n.Get("owns"); owns != nil {
		b.Owns = append(b.Owns, d.texts(owns, "owns")...)
	}
	if schemas := n.Get("schemas"); schemas != nil {
		d.schemas(b, schemas)
	}
	if keys := n.Get("keys"); keys != nil {
		d.keys(b, b.base, keys)
	}
}

// environment reads an overlay. Those of environments that are not wanted are judged too: a mistake in production's is to
// be found before production's turn.
func (d *document) environment(f *syntax.Field) {
	if d.o.Environments != nil && !slices.Contains(d.o.Environments, f.Name) {
		help := "it declares: " + strings.Join(d.o.Environments, ", ")
		if near, ok := syntax.Nearest(f.Name, d.o.Environments); ok {
			help = "did you mean " + near + "?"
		}
		d.wrong(f.NameAt, help, "the configuration declares no environment %q", f.Name)
	}
	n := d.table(f.Value, fmt.Sprintf("environment %q", f.Name), "bindings")
	bindings := n.Get("bindings")
	if bindings == nil {
		return
	}
	for _, one := range d.table(bindings, "bindings").Fields {
		b := d.reader.binding(one.Name, d.place(one.NameAt))
		n := d.table(one.Value, fmt.Sprintf("binding %q", one.Name), "keys")
		into := b.overlay
		if f.Name != d.o.Environment {
			into = map[string]Key{}
		}
		if keys := n.Get("keys"); keys != nil {
			d.keys(b, into, keys)
		}
	}
}

func (d *document) texts(n *syntax.Node, what string) (all []string) {
	if !n.Is(syntax.Array) {
		d.wrong(n.Span, "", "%s is %s, and has to be an array of strings", what, n.Kind)
		return nil
	}
	for _, item := range n.Items {
		if item.Str() == "" {
			d.wrong(item.Span, "", "%s has to have strings, and none that are empty", what)
			continue
		}
		all = append(all, item.Text)
	}
	return all
}

func (d *document) keys(b *declared, into map[string]Key, n *syntax.Node) {
	for _, f := range d.table(n, "keys").Fields {
		if err := kv.CheckKey(f.Name); err != nil {
			d.wrong(f.NameAt, "", "%v", err)
			continue
		}
		if f.Name == fingerprint.Key {
			d.wrong(f.NameAt, "`bindery apply` writes it", "the key is the namespace's fingerprint")
			continue
		}
		if there, twice := into[f.Name]; twice && there.At.Path != d.file.Path { // in one file table has said so
			d.wrong(f.NameAt, "", "key %q is at %s already", f.Name, there.At)
			continue
		}
		into[f.Name] = d.key(b, f)
	}
}
