package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// headerUnder returns the header that opens the group's table when the last environment
// header above it is one of env: whoever wrote it there meant it for that environment.
func headerUnder(env *wrangler.Environment, g *missingGroup, owners []owner) (syntax.Span, bool) {
	section, _, _ := strings.Cut(g.section, ".")
	for _, header := range headers(env.Config.File.Root.Get(section)) {
		if ownerAbove(owners, header.Start) == env {
			return header, true
		}
	}
	return syntax.Span{}, false
}

// An owner is the environment to which the header at start belongs.
type owner struct {
	start int
	env   *wrangler.Environment
}

// ownersOf lists them in file order.
func ownersOf(c *wrangler.Config) []owner {
	var all []owner
	for _, env := range c.Envs {
		for _, h := range headers(env.Node) {
			all = append(all, owner{h.Start, env})
		}
	}
	slices.SortFunc(all, func(a, b owner) int { return cmp.Compare(a.start, b.start) })
	return all
}

// headers lists the [table] headers that opened n or anything below it, in file order.
func headers(n *syntax.Node) []syntax.Span {
	if n == nil {
		return nil
	}
	var found []syntax.Span
	if n.Header != (syntax.Span{}) {
		found = append(found, n.Header)
	}
	for _, item := range n.Items {
		found = append(found, headers(item)...)
	}
	for _, f := range n.Fields {
		found = append(found, headers(f.Value)...)
	}
	return found
}

// ownerAbove is the environment of the last environment header above a place; nil if there is none.
func ownerAbove(owners []owner, at int) *wrangler.Environment {
	below, _ := slices.BinarySearchFunc(owners, at, func(o owner, start int) int { return cmp.Compare(o.start, start) })
	if below == 0 {
		return nil
	}
	return owners[below-1].env
}

// inEnvironment is the header of a table of the top level, written for an environment.
func inEnvironment(header string, env *wrangler.Environment) string {
	brackets := len(header) - len(strings.TrimLeft(header, "["))
	return header[:brackets] + tablePath(env) + "." + strings.TrimSpace(header[brackets:])
}
