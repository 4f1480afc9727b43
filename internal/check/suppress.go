package check

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// A suppression is a comment such as
//
//	# bindery: ignore kv-id-shared -- both names go when v1 does
//
// It silences one rule on its own line, or on the next line of code when it has a line to itself.
type suppression struct {
	file      *syntax.File
	span      syntax.Span // from "bindery:" to the end of the line
	commentAt int         // where the comment itself starts
	rule      string
	ruleAt    syntax.Span
	line      int    // the line it silences
	among     bool   // there is code behind it, on its own line
	flaw      string // why it silences nothing; empty if it may
	used      bool
}

var (
	suppressionComment = pattern.New(`(?:#|//)[ \t]*(bindery:[ \t]*ignore\b[ \t]*([^\s]*)[ \t]*(.*))$`)
	suppressionReason  = pattern.New(`^--[ \t]*\S`)
	commentLine        = pattern.New(`^[ \t]*(?:#|//)`)

	// The same in JSON, which also has comments with an end. One of several lines silences nothing.
	suppressionBlock = pattern.New(`/\*+[ \t]*(bindery:[ \t]*ignore\b[ \t]*([^\s*]*)[ \t]*(.*?))[ \t]*\*/`)
	blockLine        = pattern.New(`^[ \t]*/\*[^*]*\*+/[ \t\r]*$`)
)

// suppressionsIn finds the suppressions of a file. known lists the rules there are.
func suppressionsIn(file *syntax.File, known []string) []*suppression {
	if !bytes.Contains(file.Source, []byte("bindery:")) {
		return nil // as nearly every file
	}
	var found []*suppression
	lines := bytes.Count(file.Source, []byte("\n")) + 1
	code := lines // at or below line n, so from the last line up
	for n := lines; n >= 1; n-- {
		text, start := file.Line(n)
		isJSON := file.Format == syntax.JSONC
		if !commentLine.MatchString(text) && !(isJSON && blockLine.MatchString(text)) {
			code = n
		}
		at, block := suppressionComment.Regexp().FindStringSubmatchIndex(text), false
		if at == nil && isJSON {
			at = suppressionBlock.Regexp().FindStringSubmatchIndex(text)
			block = at != nil
		}
		if at == nil || inString(file.Root, start+at[2]) {
			continue
		}
		s := &suppression{
			file:      file,
			span:      syntax.Span{Start: start + at[2], End: start + at[2] + len(strings.TrimRight(text[at[2]:at[3]], " \t"))},
			commentAt: start + at[0],
			rule:      text[at[4]:at[5]],
			ruleAt:    syntax.Span{Start: start + at[4], End: start + at[5]},
			line:      code,
		}
		s.among = block && strings.TrimSpace(text[at[1]:]) != ""
		s.flaw = flawOf(s.rule, text[at[6]:at[7]], known)
		found = append(found, s)
	}
	slices.Reverse(found)
	return found
}

// flawOf says why a suppression is not honoured: a rule that is none, or no reason given.
func flawOf(rule, reason string, known []string) string {
	switch {
	case rule == "" || rule == "--":
		return "suppression names no rule"
	case rule == Syntax || rule == Config || rule == Suppression:
		return fmt.Sprintf("rule %q cannot be silenced", rule)
	case !slices.Contains(known, rule):
		return fmt.Sprintf("suppression of %q, which is no rule", rule)
	case !suppressionReason.MatchString(reason):
		return fmt.Sprintf("suppression of %q gives no reason, so it is not honoured", rule)
	}
	return ""
}

// silence takes the suppressed findings out and adds one for each suppression that did nothing.
func silence(found []*Diagnostic, files []*syntax.File, rules []*Rule) []*Diagnostic {
	known := ids(rules)
	for _, file := range files {
		here := suppressionsIn(file, known)
		if len(here) == 0 {
			continue
		}
		found = slices.DeleteFunc(found, func(d *Diagnostic) bool {
			return d.File.Path == file.Path && slices.ContainsFunc(here, func(s *suppression) bool { return s.covers(d) })
		})
		if len(file.Errors) > 0 {
			continue // not everything was looked for in it, so that none of them is unused for certain
		}
		for _, s := range here {
			if d := s.complaint(known); d != nil {
				found = append(found, d)
			}
		}
	}
	return found
}

// covers says whether s silences d, and remembers that it did.
func (s *suppression) covers(d *Diagnostic) bool {
	if s.flaw != "" || s.rule != d.Rule || s.file.Position(d.Span.Start).Line != s.line {
		return false
	}
	s.used = true
	return true
}

func (s *suppression) complaint(known []string) *Diagnostic {
	d := &Diagnostic{Rule: Suppression, Severity: Warning, File: s.file, Span: s.span, Message: s.flaw}
	switch {
	case s.used:
		return nil
	case s.flaw == "":
		d.Message = fmt.Sprintf("unused suppression: %q finds nothing here", s.rule)
		d.Help = "take the comment out"
		if !s.among {
			d.Fixes = []Fix{{Title: "take the comment out", Safe: true, File: s.file, Edits: []syntax.Edit{s.file.RemoveComment(s.commentAt)}}}
		}
	default:
		d.Help = "write: bindery: ignore RULE -- reason"
		if near, ok := syntax.Nearest(s.rule, known); ok && near != s.rule {
			d.Span, d.Help = s.ruleAt, fmt.Sprintf("did you mean %s?", near)
			d.Fixes = []Fix{{Title: "write " + near, Safe: true, File: s.file, Edits: []syntax.Edit{{Span: s.ruleAt, New: near}}}}
		}
	}
	return d
}

// inString says whether the byte at offset belongs to a string, so that what looks like a comment is none.
func inString(n *syntax.Node, offset int) bool {
	switch n.Kind {
	case syntax.String:
		return n.Span.Start <= offset && offset < n.Span.End
	case syntax.Array:
		return slices.ContainsFunc(n.Items, func(item *syntax.Node) bool { return inString(item, offset) })
	case syntax.Table:
		return slices.ContainsFunc(n.Fields, func(f *syntax.Field) bool {
			return f.NameAt.Start <= offset && offset < f.NameAt.End || inString(f.Value, offset)
		})
	}
	return false
}

func ids(rules []*Rule) []string {
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	return ids
}
