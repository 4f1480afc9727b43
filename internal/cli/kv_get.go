package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

type kvGetOptions struct {
	kvOptions
	output string
	force  bool
}

func newKVGetCommand(a *app) *cobra.Command {
	o := &kvGetOptions{kvOptions: newKVOptions(a)}
	cmd := &cobra.Command{
		Use:   "get PLACE KEY…",
		Short: "read values from a KV namespace",
		Long: `Prints the value of a key, byte for byte. With several keys, or --format ndjson or json,
it prints keys with values, metadata and expirations, in byte order of keys and in the
forms of "bindery export", which an import takes. Exit code 1 if a key is not there.

A key that begins with a dash goes behind "--". PLACE is ENVIRONMENT:BINDING (:BINDING at
the top level), ACCOUNT/TITLE, ACCOUNT/ID or the id of a namespace.`,
		Example: `  bindery kv get production:SESSIONS rules/1
  bindery kv get test/sessions --format ndjson -- -dash rules/1`,
		Args: placeAndKeys,
		RunE: func(cmd *cobra.Command, args []string) error { return o.get(cmd.Context(), args[0], args[1:]) },
	}
	o.addReadFlags(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "", "write to this `file`, whole or not at all")
	f.BoolVar(&o.force, "force", false, "write even what is no text to a terminal, and over a file that is there")
	addFormats(cmd, &o.format, "print `raw` bytes, ndjson or json (default raw for one key, ndjson for several)", "", formatRaw, formatNDJSON, formatJSON)
	return cmd
}

// placeAndKeys wants a namespace and at least one key.
func placeAndKeys(cmd *cobra.Command, args []string) error {
	if len(args) >= 2 {
		return nil
	}
	return exactArgs("a namespace", "a key")(cmd, args)
}

func (o *kvGetOptions) get(ctx context.Context, place string, keys []string) error {
	format := o.format.name
	switch {
	case format == "" && len(keys) == 1:
		format = formatRaw
	case format == "":
		format = formatNDJSON
	case format == formatRaw && len(keys) > 1:
		return usagef("values of several keys in a row cannot be told apart").hint("--format ndjson")
	}
	if err := o.usable(keys...); err != nil {
		return err
	}
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	p, err := o.open(ctx, l, place)
	if err != nil {
		return err
	}
	progress := startProgress(o.err)
	defer progress.stop()
	l.shows = progress
	progress.say("reading %s", p.at)
	if format == formatRaw {
		item, err := p.store.Get(ctx, keys[0])
		progress.stop()
		switch {
		case errors.Is(err, kv.ErrKeyNotFound):
			return noKey(keys[0], p.at)
		case err != nil:
			return fmt.Errorf("get from %s: %w", p.at, err)
		case o.output == "" && o.out.tty && !o.force && !isText(item.Value):
			return usagef("the value, %s, is no text, and a terminal would obey it", sizeText(int64(len(item.Value)))).hint("-o FILE writes it to a file, --force to the terminal")
		}
		return o.write(func(w io.Writer) error {
			_, err := w.Write(item.Value)
			return err
		})
	}
	return o.write(func(w io.Writer) error { return o.several(ctx, p, keys, transfer.Format(format), w) })
}

// several writes what is under keys in a form that an import takes, and names those that are not there.
func (o *kvGetOptions) several(ctx context.Context, p *kvPlace, keys []string, format transfer.Format, w io.Writer) error {
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	out, err := transfer.WriteStream(w, format, transfer.Header{Source: p.at.String(), Time: o.now()})
	if err != nil {
		return err
	}
	there := map[string]bool{}
	err = p.keys.Items(ctx, keys, func(key string, item kv.Item) error {
		there[key] = true
		return out.Put(ctx, []kv.Pair{{Key: key, Item: item}})
	})
	if err != nil {
		return fmt.Errorf("get from %s: %w", p.at, err)
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return o.missing(keys, there, p.at)
}

// missing names the keys that are not there.
func (o *kvOptions) missing(keys []string, there map[string]bool, at *location) error {
	var err error
	for _, key := range keys {
		if !there[key] {
			fmt.Fprintf(o.err, "%s %s\n", o.err.bad("bindery:"), noKey(key, at))
			err = errProblems
		}
	}
	return err
}

// write hands the file of --output or standard output to do. Such a file is there when do is done, also if what it
// found is a problem.
func (o *kvGetOptions) write(do func(io.Writer) error) (err error) {
	if o.output == "" || o.output == "-" {
		return do(o.out)
	}
	if _, err := os.Lstat(o.output); err == nil && !o.force {
		return withHint(fmt.Errorf("%s is there already", o.output), "name another file, or replace it with --force")
	}
	file, err := os.CreateTemp(filepath.Dir(o.output), ".bindery-get-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // there only if something fails below
	found := do(file)
	if found != nil && !errors.Is(found, errProblems) {
		return errors.Join(found, file.Close())
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), o.output); err != nil {
		return err
	}
	return found
}

// isText says whether a terminal shows bytes rather than obeys them.
func isText(value []byte) bool {
	if !utf8.Valid(value) {
		return false
	}
	for _, r := range string(value) {
		if !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
	}
	return true
}
