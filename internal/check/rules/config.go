package rules

import (
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// config: what wrangler itself says of the file. An error stops every wrangler
// command; a warning scrolls past, and for an environment only if that one is selected.
var config = &check.Rule{
	ID:       check.Config,
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "wrangler refuses the configuration, or warns about it",
	Explain:  explain(check.Config),
	Config: func(p *check.Pass) {
		repeat(p, p.Config.Problems)
		for _, env := range environments(p.Config) {
			repeat(p.Of(env), env.Problems)
		}
	},
}

func repeat(p *check.Pass, problems []wrangler.Problem) {
	twice := map[syntax.Span]*wrangler.Binding{} // by the place of the name
	if p.Env != nil && len(problems) > 0 {
		all := boundTwice(p.Env)
		for _, b := range all[:min(listedNames, len(all))] {
			twice[b.Name.Span] = b
		}
	}
	for i := range problems {
		problem := &problems[i]
		found := p.Report(problem.Span, "%s", problem.Message).Later(func(found *check.Draft) {
			found.Help("%s", problem.Help)
			repair(p, found, problem)
			if b := twice[problem.Span]; b != nil {
				repairTwice(found, p.Env, b)
			}
		})
		if !problem.Error {
			found.Severity(check.Warning)
		}
	}
}

// repairTwice says of a name that is given twice in an environment for which other one it may be meant.
func repairTwice(found *check.Draft, env *wrangler.Environment, b *wrangler.Binding) {
	other := meantFor(env, b)
	if other == nil {
		return
	}
	found.Help("rename one; or is it meant for %s, which has none? Then it has to stand under %s", the(other), tablePath(other)+"."+b.Section)
	if env.Name == "" && b.Node.Header != (syntax.Span{}) {
		found.UnsafeFix("give it to "+the(other), env.Config.File.Requalify(b.Node.Header, environmentPath(other))...)
	}
}

// repair adds the fix for a problem of which wrangler's reader knows what was meant.
func repair(p *check.Pass, found *check.Draft, problem *wrangler.Problem) {
	file, r := p.Config.File, problem.Repair
	add := found.Fix
	if r.Guess || changesAccount(r.Rename) {
		add = found.UnsafeFix
	}
	switch {
	case r.Obsolete != nil && r.Flag != "":
		add("write the compatibility flag "+r.Flag+" instead", replacedByFlag(p, r)...)
	case r.Obsolete != nil:
		table, _ := file.Named(r.Obsolete.NameAt)
		add("take "+r.Obsolete.Name+" out", file.Remove(table, r.Obsolete)...)
	case r.Rename != "":
		add(renaming(file, problem.Span, r.Rename), file.Rename(problem.Span, r.Rename)...)
	case r.Env != nil:
		var edits []syntax.Edit
		for _, header := range headers(r.Env.Value) {
			edits = append(edits, file.Requalify(header, []string{"env"})...)
		}
		add("write env."+r.Env.Name, edits...)
	case r.Value == nil:
	case r.Under != "":
		add("put the list under "+r.Under, file.Nest(r.Value, r.Under)...)
	case r.Wanted == syntax.Array:
		add("make it an array", file.Enclose(r.Value)...)
	case r.Value.Is(syntax.Datetime):
		add("put it in quotes", file.Quote(r.Value)...)
	case r.Value.Is(syntax.Table):
		add("write its "+r.Value.Fields[0].Name+" alone", file.Unwrap(r.Value)...)
	default:
		add("make it a table", file.Unwrap(r.Value)...)
	}
}

// replacedByFlag takes an obsolete key out of a table and adds a flag to the table's compatibility_flags.
func replacedByFlag(p *check.Pass, r wrangler.Repair) []syntax.Edit {
	const flags = "compatibility_flags"
	var path []string
	if p.Env != nil {
		path = environmentPath(p.Env)
	}
	file := p.Config.File
	table, _ := file.Named(r.Obsolete.NameAt)
	there := table.Get(flags)
	if there == nil {
		renamed := file.Rename(r.Obsolete.NameAt, flags)
		return append(renamed, syntax.Edit{Span: r.Obsolete.Value.Span, New: "[" + syntax.Quoted(r.Flag) + "]"})
	}
	edits := file.Remove(table, r.Obsolete)
	if len(edits) > 0 && !slices.ContainsFunc(there.Items, func(n *syntax.Node) bool { return n.Str() == r.Flag }) {
		edits = append(edits, file.AddItems(append(path, flags), &syntax.Node{Kind: syntax.String, Text: r.Flag})...)
	}
	return edits
}

// renaming is the title of a fix that writes another name or string at a span.
func renaming(file *syntax.File, at syntax.Span, name string) string {
	if _, field := file.Named(at); field != nil {
		return fmt.Sprintf("rename %s to %s", field.Name, name)
	}
	return fmt.Sprintf("write %q", name)
}

// changesAccount says whether a key decides which account a deploy goes to: nobody is to be surprised by that.
func changesAccount(key string) bool { return key == "account_id" }
