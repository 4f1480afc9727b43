package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// The kinds of action there are; an editor may run a source action on save.
const (
	kindQuickFix = "quickfix"
	kindFixAll   = "source.fixAll.bindery"
)

// codeActions offers the fixes of what is found in a range, a comment that silences it, and all safe fixes at once.
// They are edits of what was judged last, so that is to be what the editor shows: see session.handle.
func (c *session) codeActions(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[codeActionParams](params)
	if err != nil {
		return nil, err
	}
	path, ok := pathOf(p.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	places := placer{}
	actions := []codeAction{}
	if wanted(kindQuickFix, p.Context.Only) {
		for _, d := range c.at(path, p.Range, places) {
			actions = append(actions, c.quickFixes(d, places)...)
		}
	}
	if wanted(kindFixAll, p.Context.Only) {
		if edits := c.safeEdits(path, places); len(edits) > 0 {
			actions = append(actions, codeAction{
				Title: "bindery: make all safe fixes in this file",
				Kind:  kindFixAll,
				Edit:  workspaceEdit{map[string][]textEdit{p.TextDocument.URI: edits}},
			})
		}
	}
	return actions, nil
}

// wanted says whether a kind is among those asked for: kinds are dotted, and each stands for what is below it.
func wanted(kind string, only []string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool {
		return o == "" || kind == o || strings.HasPrefix(kind, o+".")
	})
}

func (c *session) quickFixes(d check.Diagnostic, places placer) []codeAction {
	of := []diagnostic{c.diagnostic(d, places)}
	var actions []codeAction
	for i, fix := range d.Fixes {
		actions = append(actions, codeAction{
			Title:       fix.Title,
			Kind:        kindQuickFix,
			Diagnostics: of,
			IsPreferred: i == 0 && fix.Safe,
			Edit:        workspaceEdit{map[string][]textEdit{c.uriOf(fix.File.Path): textEdits(fix.File, fix.Edits, places)}},
		})
	}
	if comment, ok := silencing(d); ok {
		actions = append(actions, codeAction{
			Title:       fmt.Sprintf("silence %s here, with a reason to fill in", d.Rule),
			Kind:        kindQuickFix,
			Diagnostics: of,
			Edit:        workspaceEdit{map[string][]textEdit{c.uriOf(d.File.Path): textEdits(d.File, []syntax.Edit{comment}, places)}},
		})
	}
	return actions
}

// silencing is a comment above the finding's line, indented like it. The reason is left to write: until then the check
// says so.
func silencing(d check.Diagnostic) (syntax.Edit, bool) {
	sign := map[syntax.Format]string{syntax.TOML: "#", syntax.JSONC: "//"}[d.File.Format]
	if filepath.Base(d.File.Path) == "package.json" {
		return syntax.Edit{}, false // npm takes no comments
	}
	if sign == "" || d.Rule == check.Syntax || d.Rule == check.Config || d.Rule == check.Suppression {
		return syntax.Edit{}, false
	}
	line, start := d.File.Line(d.File.Position(d.Span.Start).Line)
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	end := "\n"
	if strings.Contains(string(d.File.Source), "\r\n") {
		end = "\r\n"
	}
	return syntax.Edit{
		Span: syntax.Span{Start: start, End: start},
		New:  fmt.Sprintf("%s%s bindery: ignore %s -- %s", indent, sign, d.Rule, end),
	}, true
}

// safeEdits are those of the first fix of each finding in a file, where that is safe and stays within it. Of two fixes
// that touch the same bytes the later one waits for the next time.
func (c *session) safeEdits(path string, places placer) []textEdit {
	var file *syntax.File
	var edits []syntax.Edit
	for _, d := range c.last.found {
		if d.File.Path != path || len(d.Fixes) == 0 || !d.Fixes[0].Safe || d.Fixes[0].File != d.File {
			continue
		}
		both := append(slices.Clone(edits), d.Fixes[0].Edits...)
		if _, err := syntax.Apply(d.File.Source, both); err == nil {
			file, edits = d.File, both
		}
	}
	if file == nil {
		return nil
	}
	return textEdits(file, edits, places)
}

func textEdits(f *syntax.File, edits []syntax.Edit, places placer) []textEdit {
	out := make([]textEdit, 0, len(edits))
	for _, e := range edits {
		out = append(out, textEdit{places.of(f, e.Span), e.New})
	}
	return out
}
