package scripts

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// document parses YAML; nil if it is none, or not a mapping.
func document(src []byte) *yaml.Node {
	var doc yaml.Node
	if yaml.Unmarshal(src, &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	return doc.Content[0]
}

// get follows names through mappings; nil if one is missing. An alias stands for what it points to.
func get(n *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		if n = target(n); n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var value *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				value = n.Content[i+1]
			}
		}
		n = value
	}
	return target(n)
}

func target(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// text is a scalar's; "" for anything else.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// items are those of a sequence.
func items(n *yaml.Node) []*yaml.Node {
	if n = target(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// spanOf is from where a node begins to the end of the file: how far it goes, the library does not say.
func spanOf(f *syntax.File, n *yaml.Node) syntax.Span {
	_, start := f.Line(n.Line)
	return syntax.Span{Start: start, End: len(f.Source)}
}

// setEnv takes CLOUDFLARE_ENV from a mapping of variables.
func (s *shell) setEnv(variables *yaml.Node) {
	n := get(variables, cloudflareEnv)
	if n == nil {
		return
	}
	if value := get(n, "value"); value != nil { // GitLab's long form
		n = value
	}
	s.env = Env{Said: true, Known: n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "$"), Name: text(n)}
}

// commandIn finds where a command stands: the first line of it, at or behind the start of span; or else the first line there.
func commandIn(f *syntax.File, span syntax.Span, command string) syntax.Span {
	line, _, _ := strings.Cut(command, "\n")
	line = strings.TrimRight(line, " \t\\")
	if at := strings.Index(f.Slice(span), line); at >= 0 && line != "" {
		return syntax.Span{Start: span.Start + at, End: span.Start + at + len(line)}
	}
	first, start := f.Line(f.Position(span.Start).Line)
	return syntax.Span{Start: span.Start, End: min(span.End, start+len(first))}
}
