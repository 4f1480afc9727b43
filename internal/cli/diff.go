package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/transfer"
)

type diffOptions struct {
	moveOptions
	quick bool
}

func newDiffCommand(a *app) *cobra.Command {
	o := &diffOptions{moveOptions: moveOptions{app: a}}
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "compare what two namespaces, files or folders hold",
		Long: `Prints the keys that B lacks (-), those that only B has (+), and those whose value,
metadata or expiration differ (~). Nothing is written. Exit code 1 if anything differs.
With --quick values are not read: keys, metadata and expirations alone are compared.

A and B are each ENVIRONMENT:BINDING (:BINDING at the top level), ACCOUNT/TITLE,
ACCOUNT/ID, the id of a namespace, a file or a folder/. Fingerprints are left out.`,
		Example: `  bindery diff test:API_GATEWAY_STORAGE production:API_GATEWAY_STORAGE
  bindery diff backup.ndjson.zst production:SESSIONS --quick --format json`,
		Args: exactArgs("a place", "a place to compare it with"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.diff(cmd.Context(), args[0], args[1]) },
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.quick, "quick", false, "read no values")
	return cmd
}

func (o *diffOptions) diff(ctx context.Context, a, b string) error {
	as, err := o.form()
	switch {
	case err != nil:
		return err
	case a == "-" && b == "-":
		return usagef("standard input cannot be both sides")
	case o.quick && (o.filter.MinSize > 0 || o.filter.MaxSize > 0):
		return usagef("--quick does not know how large values are").hint("leave out --quick, or --min-size and --max-size")
	}
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	var sides [2]transfer.Source
	var names [2]*location
	for i, text := range []string{a, b} {
		if names[i], err = l.find(ctx, text, as); err != nil {
			return err
		}
		if sides[i], err = o.source(l, names[i]); err != nil {
			return err
		}
	}
	m := startMove(l, "comparing", names[0], names[1])
	defer m.stop()
	for i, side := range sides {
		one := &move{app: o.app, from: names[i], progress: m.progress, heap: func() {}}
		if sides[i], err = one.sorted(ctx, side, o.filter, true); err != nil {
			return err
		}
		defer one.stop()
	}
	out := bufio.NewWriter(o.out)
	comparison := &transfer.Comparison{
		A: sides[0], B: sides[1], Filter: o.filter, Quick: o.quick,
		Found:    func(d transfer.Difference) error { return o.print(out, d) },
		Progress: func(keys int64) { m.moved(transfer.Counts{Keys: keys}) },
	}
	summary, err := comparison.Compare(ctx)
	m.stop()
	if err == nil {
		err = o.summarise(out, names, summary)
	}
	if err := errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("compare %s with %s: %w", names[0], names[1], err)
	}
	if summary.Different > 0 {
		return errProblems
	}
	return nil
}

// print shows a difference, a line each in both formats.
func (o *diffOptions) print(out *bufio.Writer, d transfer.Difference) error {
	if o.format.json() {
		return writeLine(out, d)
	}
	var err error
	switch d.Differs[0] {
	case transfer.Missing:
		_, err = fmt.Fprintln(out, o.out.bad("- "+keyText(d.Key)))
	case transfer.Extra:
		_, err = fmt.Fprintln(out, o.out.good("+ "+keyText(d.Key)))
	default:
		var classes []string
		for _, c := range d.Differs {
			classes = append(classes, string(c))
		}
		_, err = fmt.Fprintln(out, o.out.warn("~ "+keyText(d.Key))+"  "+strings.Join(classes, ", "))
	}
	return err
}

// diffSummary is the last line for programs.
type diffSummary struct {
	Version int              `json:"version"`
	A       placeJSON        `json:"a"`
	B       placeJSON        `json:"b"`
	Quick   bool             `json:"quick"`
	Summary transfer.Summary `json:"summary"`
}

func (o *diffOptions) summarise(out *bufio.Writer, names [2]*location, s transfer.Summary) error {
	if o.format.json() {
		return writeLine(out, diffSummary{1, names[0].json(), names[1].json(), o.quick, s})
	}
	looked := plural(int(s.Keys), "key", "keys")
	if o.quick {
		looked += " (values not read)"
	}
	if s.Different == 0 {
		_, err := fmt.Fprintf(out, "%s and %s hold the same: %s\n", names[0], names[1], looked)
		return err
	}
	var parts []string
	for _, c := range transfer.Classes {
		if n := s.Classes[c]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c))
		}
	}
	_, err := fmt.Fprintf(out, "\n%d of %s differ between %s and %s: %s\n", s.Different, looked, names[0], names[1], strings.Join(parts, ", "))
	return err
}

// writeLine prints v as JSON in one line.
func writeLine(out *bufio.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// keyText is a key in a line for people: quoted if it has anything that does not print, or blanks at an end.
func keyText(key string) string {
	quoted := strconv.Quote(key)
	if quoted == `"`+key+`"` && strings.TrimSpace(key) == key {
		return key
	}
	return quoted
}
