package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

const (
	formatTable  = "table"
	formatNDJSON = "ndjson"
	formatRaw    = "raw"
)

type kvListOptions struct {
	kvOptions
	limit int
}

func newKVListCommand(a *app) *cobra.Command {
	o := &kvListOptions{kvOptions: newKVOptions(a)}
	cmd := &cobra.Command{
		Use:   "list PLACE",
		Short: "list the keys of a KV namespace with expirations and metadata",
		Long: `Prints keys in byte order as they come, a page in memory at a time: a table for people,
an array as "wrangler kv key list" prints it (json), or a line each (ndjson).

PLACE is ENVIRONMENT:BINDING (:BINDING at the top level), ACCOUNT/TITLE, ACCOUNT/ID or the
id of a namespace.`,
		Example: `  bindery kv list production:SESSIONS --prefix user/ --limit 20
  bindery kv list test/sessions --format ndjson`,
		Args: exactArgs("a namespace"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.list(cmd.Context(), args[0]) },
	}
	o.addReadFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.filter.Prefix, "prefix", "", "only keys that begin with this `text`")
	f.IntVar(&o.limit, "limit", 0, "only the first `n` keys")
	addFormats(cmd, &o.format, "print a `table`, json (an array) or ndjson (a line a key)", formatTable, formatJSON, formatNDJSON)
	addQuiet(cmd, a)
	return cmd
}

func (o *kvListOptions) list(ctx context.Context, place string) error {
	if o.limit < 0 {
		return usagef("--limit %d is no number of keys", o.limit)
	}
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	p, err := o.open(ctx, l, place)
	if err != nil {
		return err
	}
	progress := startProgress(o.err)
	if !o.out.tty { // keys on a terminal are progress enough
		progress = o.startWork()
	}
	defer progress.stop()
	l.shows = progress
	started := o.now()
	out := newKeyPrinter(o.out, o.format.name)
	o.filter.Fingerprint = o.fingerprint
	for e, err := range p.keys.Scan(ctx, transfer.Query{Filter: o.filter, KeysOnly: true}) {
		if err == nil {
			err = out.print(kv.KeyInfo{Name: e.Key, Expiration: e.Expiration, Metadata: e.Metadata})
		}
		if err != nil {
			return errors.Join(fmt.Errorf("list %s: %w", p.at, err), out.flush())
		}
		progress.tally("listing "+p.at.String(), tally{keys: out.keys, fresh: out.keys, took: o.now().Sub(started)})
		if out.keys == int64(o.limit) {
			break
		}
	}
	return out.end()
}

// keyPrinter prints keys as they come.
type keyPrinter struct {
	out    *bufio.Writer
	table  *tabwriter.Writer // nil for JSON
	array  bool
	keys   int64
	before string // what separates a key from the one before
}

func newKeyPrinter(s *stream, format string) *keyPrinter {
	p := &keyPrinter{out: bufio.NewWriter(s)}
	switch format {
	case formatTable:
		p.out.Reset(s.visible())
		p.table = tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(p.table, "KEY\tEXPIRES\tMETADATA")
	case formatJSON:
		p.array, p.before = true, "[\n"
	}
	return p
}

func (p *keyPrinter) print(k kv.KeyInfo) error {
	p.keys++
	if p.table != nil {
		expires := "never"
		if k.Expiration != 0 {
			expires = time.Unix(k.Expiration, 0).UTC().Format("2006-01-02 15:04:05Z")
		}
		fmt.Fprintf(p.table, "%s\t%s\t%s\n", keyText(k.Name), expires, k.Metadata)
		if p.keys%kv.MaxListLimit != 0 {
			return nil
		}
		return p.flush() // the width of a column is that of a page
	}
	if !p.array {
		return writeLine(p.out, k)
	}
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	err := e.Encode(k)
	fmt.Fprint(p.out, p.before, strings.TrimSuffix(line.String(), "\n"))
	p.before = ",\n"
	return err
}

// end completes what is printed.
func (p *keyPrinter) end() error {
	if p.array && p.keys == 0 {
		p.out.WriteString("[")
	}
	if p.array {
		p.out.WriteString("\n]\n")
	}
	return p.flush()
}

func (p *keyPrinter) flush() error {
	if p.table != nil {
		if err := p.table.Flush(); err != nil {
			return err
		}
	}
	return p.out.Flush()
}
