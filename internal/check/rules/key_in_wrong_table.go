package rules

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// key-in-wrong-table: in TOML a table goes on until the next header, whatever blank
// lines and comments say. A key of the Worker written below [vars] is a variable;
// below another table it is nothing at all.
var keyInWrongTable = &check.Rule{
	ID:       "key-in-wrong-table",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "a key of the Worker was swallowed by the table above it",
	Explain:  explain("key-in-wrong-table"),
	Unparsed: true,
	Environment: func(p *check.Pass) {
		if p.Config.File.Format != syntax.TOML || p.Env.Node == nil {
			return // JSON has braces
		}
		for _, section := range p.Env.Node.Fields {
			if section.Name == "vars" {
				judgeVars(p, section.Value)
				continue
			}
			for _, table := range tablesOf(section) {
				judgeTable(p, section.Name, table)
			}
		}
	},
}

// judgeVars looks for variables that are configuration. Only what has the very form
// of it is an error: somebody may want a variable called routes.
func judgeVars(p *check.Pass, vars *syntax.Node) {
	for _, v := range p.Env.Vars {
		certain, likely := swallowedByVars(p.Env, v.Name, v.Value)
		if !certain && !likely {
			continue
		}
		found := reportSwallowed(p, v.Name, v.NameAt, vars, "becomes a variable here")
		if !certain {
			found.Severity(check.Warning)
		}
		fixSwallowed(p, found, v.NameAt, certain)
	}
}

// swallowedByVars says whether a variable is really a key of the environment, written below [vars].
func swallowedByVars(env *wrangler.Environment, name string, value *syntax.Node) (certain, likely bool) {
	if !opened(env.Node.Get("vars")) {
		return false, false
	}
	key := workerKeys[name]
	return key.certain != nil && key.certain(value), key.likely != nil && key.likely(value)
}

// swallows says whether one of these keys of an environment was written below another table than its own.
func swallows(env *wrangler.Environment, keys ...string) bool {
	for _, v := range env.Vars {
		if slices.Contains(keys, v.Name) && swallowed(env, v) {
			return true
		}
	}
	for _, section := range env.Node.Fields {
		for _, table := range tablesOf(section) {
			if slices.ContainsFunc(table.Fields, func(f *syntax.Field) bool { return slices.Contains(keys, f.Name) && strays(f, section.Name) }) {
				return true
			}
		}
	}
	return false
}

// judgeTable looks for keys that have no meaning in a table of this section.
func judgeTable(p *check.Pass, section string, table *syntax.Node) {
	for _, f := range table.Fields {
		if f.Name == "env" && f.Value.Is(syntax.Table) {
			found := reportSwallowed(p, f.Name, f.NameAt, table, "has no effect here")
			move := found.UnsafeFix
			if p.Config.File.Root.Get("env", f.Value.Fields[0].Name) != nil {
				move = found.Fix // it makes no environment that was not there
			}
			move("move it to its environment", p.Config.File.Move(table, f, nil)...)
			continue
		}
		if !strays(f, section) {
			continue
		}
		found := reportSwallowed(p, f.Name, f.NameAt, table, "has no effect here")
		if p.Env.Node.Field(f.Name) != nil || len(p.Config.File.Errors) > 0 {
			found.Severity(check.Warning) // it is where it belongs, too, or may be
		}
		fixSwallowed(p, found, f.NameAt, true)
	}
}

// strays says whether a key in a table of a section is one of the Worker, which has no meaning there.
func strays(f *syntax.Field, section string) bool {
	_, ok := workerKeys[f.Name]
	return ok && f.Name != section
}

func reportSwallowed(p *check.Pass, key string, at syntax.Span, table *syntax.Node, what string) *check.Draft {
	owner, header := p.Env, p.Config.File.Slice(table.Header)
	if key == "env" {
		owner = p.Config.Top
	}
	why := "it belongs to " + the(owner)
	if workerKeys[key].instead != "" {
		why = "wrangler 4 has no such key"
	}
	return p.Report(at, "%s %s: %s", key, what, why).
		Label("still inside %s", header).
		Note(table.Header, "%s goes on until the next header: a blank line or a comment does not end it", header).
		Help("%s", cmp.Or(workerKeys[key].instead, whereTo(owner, header)))
}

// fixSwallowed moves a key to its environment; one that says the same there already is taken out.
func fixSwallowed(p *check.Pass, found *check.Draft, at syntax.Span, certain bool) {
	file := p.Config.File
	table, field := file.Named(at)
	if field == nil || workerKeys[field.Name].instead != "" {
		return
	}
	if there := p.Env.Node.Get(field.Name); there != nil && file.Slice(there.Span) == file.Slice(field.Value.Span) {
		found.Fix("take it out: "+the(p.Env)+" has it already", file.Remove(table, field)...)
		return
	}
	move := found.UnsafeFix
	if certain && !changesAccount(field.Name) {
		move = found.Fix
	}
	move(fmt.Sprintf("move %s to %s", field.Name, the(p.Env)), file.Move(table, field, environmentPath(p.Env))...)
}

// environmentPath is the way from the root of a file to the table of an environment.
func environmentPath(env *wrangler.Environment) []string {
	if env.Name == "" {
		return nil
	}
	return []string{"env", env.Name}
}

// whereTo says where a key of this environment can stand.
func whereTo(env *wrangler.Environment, header string) string {
	switch {
	case env.Name == "":
		return "move it above the first [table] of the file"
	case opened(env.Node):
		return "move it up, to the keys of [" + tablePath(env) + "]"
	}
	return "move it under a header of its own, [" + tablePath(env) + "], above " + header
}

// opened says that a [header] opened this table. An inline table cannot swallow anything.
func opened(n *syntax.Node) bool { return n.Is(syntax.Table) && n.Header != (syntax.Span{}) }

// tablesOf lists the opened tables of a section in which the keys of workerKeys have no
// meaning: [ai], each [[kv_namespaces]], [[queues.producers]] …
func tablesOf(section *syntax.Field) []*syntax.Node {
	inner, ok := strictSections[section.Name]
	if !ok {
		return nil
	}
	tables := openedTables(section.Value)
	for _, name := range inner {
		tables = append(tables, openedTables(section.Value.Get(name))...)
	}
	return tables
}

func openedTables(n *syntax.Node) []*syntax.Node {
	if n == nil {
		return nil
	}
	var tables []*syntax.Node
	for _, t := range append([]*syntax.Node{n}, n.Items...) {
		if opened(t) {
			tables = append(tables, t)
		}
	}
	return tables
}
