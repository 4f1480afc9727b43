package settings

import (
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/syntax"
)

func (s *Settings) problem(at syntax.Span, format string, args ...any) *Problem {
	s.Problems = append(s.Problems, Problem{Span: at, Message: fmt.Sprintf(format, args...)})
	return &s.Problems[len(s.Problems)-1]
}

// is reports a value of the wrong kind. A value that is not there is none.
func (s *Settings) is(path string, n *syntax.Node, kind syntax.Kind) bool {
	if n != nil && n.Kind != kind {
		s.problem(n.Span, "%q must be %s, not %s", path, kind, n.Kind)
	}
	return n.Is(kind)
}

func (s *Settings) text(path string, n *syntax.Node) string {
	s.is(path, n, syntax.String)
	return n.Str()
}

// texts returns nil for a list that is not there, and an empty one for [].
func (s *Settings) texts(path string, n *syntax.Node) []string {
	if !s.is(path, n, syntax.Array) {
		return nil
	}
	list := []string{}
	for _, item := range n.Items {
		if s.is(path, item, syntax.String) {
			list = append(list, item.Text)
		}
	}
	return list
}

// table returns the fields of a table, nil if there is none.
func (s *Settings) table(path string, n *syntax.Node) []*syntax.Field {
	if !s.is(path, n, syntax.Table) {
		return nil
	}
	return n.Fields
}

// known reports the keys of a table that are not among those given.
func (s *Settings) known(path string, n *syntax.Node, keys ...string) {
	for _, field := range n.Fields {
		if slices.Contains(keys, field.Name) {
			continue
		}
		p := s.problem(field.NameAt, "%s knows no key %q", path, field.Name)
		if near, ok := syntax.Nearest(field.Name, keys); ok {
			p.Help = fmt.Sprintf("did you mean %q?", near)
			if n.Field(near) == nil {
				p.Meant = near
			}
		}
	}
}
