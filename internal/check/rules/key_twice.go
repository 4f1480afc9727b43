package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// key-twice: a JSON object has a key twice. The last one counts, silently. In TOML it is a syntax error.
var keyTwice = &check.Rule{
	ID:       "key-twice",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "an object has a key twice, and only the last one counts",
	Explain:  explain("key-twice"),
	Config: func(p *check.Pass) {
		if p.Config.File.Format == syntax.JSONC {
			judgeKeys(p, p.Config.File.Root)
		}
	},
}

// judgeKeys reports each key of n, and of what is in it, that a later one of the same name replaces.
func judgeKeys(p *check.Pass, n *syntax.Node) {
	last := make(map[string]*syntax.Field, len(n.Fields))
	for _, f := range n.Fields {
		last[f.Name] = f
	}
	for _, f := range n.Fields {
		if f != last[f.Name] && !commentKey.MatchString(f.Name) {
			found := p.Report(f.NameAt, "%q stands here twice, and this one has no effect", clip(f.Name)).
				Label("replaced further down").
				Note(last[f.Name].NameAt, "the last one counts").
				Help("keep one of the two")
			fixTwice(found, p.Config.File, n, f, last[f.Name])
		}
		judgeKeys(p, f.Value)
	}
	for _, item := range n.Items {
		judgeKeys(p, item)
	}
}

// fixTwice takes the one without effect out. What only it says may have been meant to count, so that is not safe.
func fixTwice(found *check.Draft, file *syntax.File, table *syntax.Node, f, last *syntax.Field) {
	title, edits := "take out the "+clip(f.Name)+" that has no effect", file.Remove(table, f)
	if file.Slice(f.Value.Span) == file.Slice(last.Value.Span) {
		found.Fix(title, edits...)
	} else {
		found.UnsafeFix(title, edits...)
	}
}

// commentKey is a key in which people write comments, where they believe that JSON takes none.
var commentKey = pattern.New(`(?i)^(//|#|_*comment)`)
