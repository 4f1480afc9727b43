package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// Text writes the diagnostics with source lines, carets and help, and a closing count. With color it uses ANSI colours.
//
//	wrangler.toml:12:6: warning: KV bindings "CACHE" and "SESSIONS" at the top level share one namespace [kv-id-shared]
//	   12 | id = "2e83d0b4a17c4a0f95c66bd1f3b7e9a2"
//	      |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ bound again, as SESSIONS
//	    8 | id = "2e83d0b4a17c4a0f95c66bd1f3b7e9a2"
//	      |      ---------------------------------- first bound as CACHE
//	   help: what one deletes, the other loses; give it its own: `wrangler kv namespace create SESSIONS`
func Text(w io.Writer, ds []check.Diagnostic, color bool) error {
	out := newPrinter(w, color)
	for _, d := range ds {
		out.diagnostic(d)
	}
	out.summary(ds)
	return out.Flush()
}

// printer collects what is printed; its errors surface at Flush.
type printer struct {
	*bufio.Writer
	paint palette
	masks map[*syntax.File][]syntax.Span // see secrets
}

func newPrinter(w io.Writer, color bool) *printer {
	p := &printer{Writer: bufio.NewWriter(w), paint: plain, masks: map[*syntax.File][]syntax.Span{}}
	if color {
		p.paint = ansi
	}
	return p
}

func (p *printer) diagnostic(d check.Diagnostic) {
	severity := p.paint.severity[d.Severity]
	fmt.Fprintf(p, "%s: %s: %s %s\n", p.place(d.File, d.Span), severity(d.Severity.String()),
		p.paint.message(visible(d.Message)), p.paint.faint("["+d.Rule+"]"))
	p.excerpt(d.File, d.Span, '^', d.Label, severity)
	shown := d.File
	for _, n := range d.Notes {
		if n.File != shown {
			fmt.Fprintf(p, "      %s\n", p.place(n.File, n.Span))
			shown = n.File
		}
		p.excerpt(n.File, n.Span, '-', n.Message, p.paint.note)
	}
	if d.Help != "" {
		fmt.Fprintf(p, "   %s %s\n", p.paint.help("help:"), visible(d.Help))
	}
	fmt.Fprintln(p)
}

// place is path:line:column.
func (p *printer) place(f *syntax.File, span syntax.Span) string {
	at := f.Position(span.Start)
	return p.paint.place(fmt.Sprintf("%s:%d:%d", visible(f.Path), at.Line, at.Column))
}

// excerpt prints the line on which span starts, with the mark under it.
func (p *printer) excerpt(f *syntax.File, span syntax.Span, mark rune, label string, colour paint) {
	line := p.window(f, span)
	source := strings.TrimRight(" "+line.before+line.marked+line.after, " ")
	fmt.Fprintf(p, "%s%s\n", p.paint.faint(fmt.Sprintf("%5d |", line.number)), source)
	under := strings.Repeat(string(mark), max(1, syntax.Width(line.marked)))
	if label != "" {
		under += " " + visible(label)
	}
	fmt.Fprintf(p, "%s %s%s\n", p.paint.faint("      |"), strings.Repeat(" ", syntax.Width(line.before)), colour(under))
}

func (p *printer) summary(ds []check.Diagnostic) {
	if len(ds) == 0 {
		fmt.Fprintln(p, "no problems found")
		return
	}
	counts := count(ds)
	var parts []string
	for _, s := range severities {
		n, word := counts[s], s.String()
		if n > 1 && s != check.Info { // "info" has no plural
			word += "s"
		}
		if n > 0 {
			parts = append(parts, p.paint.severity[s](fmt.Sprintf("%d %s", n, word)))
		}
	}
	fmt.Fprintln(p, strings.Join(parts, ", "))
	if line := repairable(ds); line != "" {
		fmt.Fprintln(p, line)
	}
}

// repairable says how many findings have a way out that bindery can go by itself, and with what; "" if none has.
func repairable(ds []check.Diagnostic) string {
	safe, all := 0, 0
	for _, d := range ds {
		if len(d.Fixes) == 0 {
			continue
		}
		all++
		if slices.ContainsFunc(d.Fixes, func(f check.Fix) bool { return f.Safe }) {
			safe++
		}
	}
	const fix, unsafe = "bindery check --fix", "--unsafe-fixes"
	switch {
	case all == 0:
		return ""
	case safe == 0:
		return fmt.Sprintf("%d can be repaired: %s %s", all, fix, unsafe)
	case safe == all:
		return fmt.Sprintf("%d can be repaired: %s", all, fix)
	}
	return fmt.Sprintf("%d can be repaired: %s, and %d more with %s", safe, fix, all-safe, unsafe)
}
