package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/transfer"
)

// moveOptions are those of the commands that read one place and write another.
type moveOptions struct {
	*app
	config string
	as     string
	filter transfer.Filter
	format formatFlag
}

func (o *moveOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.config, "config", "c", "", "the wrangler `file` that bindings are those of (default what wrangler takes here)")
	must(cmd.MarkFlagFilename("config", "toml", "json", "jsonc"))
	f.StringVar(&o.as, "as", "", "the `form` of the file, where its name does not say it: ndjson, json or folder")
	must(cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions([]string{"ndjson", "json", "folder"}, cobra.ShellCompDirectiveNoFileComp)))
	o.addFilter(cmd)
	addFormat(cmd, &o.format)
	addQuiet(cmd, o.app)
}

func (o *moveOptions) addFilter(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.filter.Prefix, "prefix", "", "only keys that begin with this `text`")
	f.StringArrayVar(&o.filter.Include, "include", nil, "only keys that match this `glob` (* is any text, slashes too); may be repeated")
	f.StringArrayVar(&o.filter.Exclude, "exclude", nil, "no keys that match this `glob`; may be repeated")
	f.Int64Var(&o.filter.MinSize, "min-size", 0, "only values of at least so many `bytes`")
	f.Int64Var(&o.filter.MaxSize, "max-size", 0, "only values of at most so many `bytes`")
}

// form is the value of --as.
func (o *moveOptions) form() (transfer.Format, error) {
	if o.as == "" {
		return "", nil
	}
	if err := oneOf(o.as, "ndjson", "json", "folder"); err != nil {
		return "", usagef("--as %s: %s", o.as, err).hint("%s", hintOf(err))
	}
	return transfer.Format(o.as), nil
}

// source opens a place to read.
func (o *moveOptions) source(l *locator, at *location) (transfer.Source, error) {
	switch {
	case at.isStream():
		if at.format == transfer.Folder {
			return nil, usagef("a stream is no folder").hint("--as ndjson or --as json")
		}
		return transfer.ReadStream(o.in, at.format, o.now()), nil
	case !at.isNamespace():
		return transfer.OpenFile(at.path, at.format, o.now())
	}
	store, err := l.store(at)
	if err != nil {
		return nil, err
	}
	return transfer.NewNamespace(store), nil
}

func newExportCommand(a *app) *cobra.Command {
	o := &moveOptions{app: a}
	cmd := &cobra.Command{
		Use:   "export PLACE FILE",
		Short: "write what a KV namespace holds to a file, a folder or a stream",
		Long: `Writes keys with values, metadata and expirations to FILE, whose name says the form:
.ndjson (a line a key, with a manifest that an import verifies), .json (as "wrangler kv
bulk put" takes it) or a folder/ (a file a value, with an index); .gz or .zst behind the
first two compresses. - is standard output. FILE is there whole or not at all, and no
file is replaced. docs/data.md describes the forms.

PLACE is ENVIRONMENT:BINDING (:BINDING at the top level), ACCOUNT/TITLE, ACCOUNT/ID, the
id of a namespace, or another file. The namespace's fingerprint is left out.`,
		Example: `  bindery export production:API_GATEWAY_STORAGE backup.ndjson.zst
  bindery export production/sessions - --prefix user/ > users.ndjson`,
		Args: exactArgs("a place to read", "a file to write"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.export(cmd.Context(), args[0], args[1]) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *moveOptions) export(ctx context.Context, from, to string) (err error) {
	as, err := o.form()
	if err != nil {
		return err
	}
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	src, err := l.find(ctx, from, "")
	if err != nil {
		return err
	}
	dst, err := exportFile(to, as)
	if err != nil {
		return err
	}
	source, err := o.source(l, src)
	if err != nil {
		return err
	}
	m := startMove(l, "exporting", src, dst)
	defer m.stop()
	if source, err = m.sorted(ctx, source, o.filter, dst.format != transfer.BulkJSON); err != nil {
		return err
	}
	m.expects(source, o.filter)
	header := transfer.Header{Source: src.String(), Time: o.now()}
	var w transfer.Writer
	if dst.isStream() {
		w, err = transfer.WriteStream(o.out, dst.format, header)
	} else {
		w, err = transfer.CreateFile(dst.path, dst.format, header)
	}
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			err = errors.Join(err, w.Close())
		}
	}()
	copier := &transfer.Copier{From: source, To: w, Filter: o.filter, After: m.after}
	counts, err := copier.Copy(ctx)
	if err != nil {
		return fmt.Errorf("export %s: %w", src, err)
	}
	if err := w.Commit(); err != nil {
		return fmt.Errorf("export %s: %w", src, err)
	}
	committed = true
	return m.report("exported", counts, o.format)
}

// exportFile is the place that an export writes: a file, whatever else its name might be read as.
func exportFile(text string, as transfer.Format) (*location, error) {
	at := &location{text: text, path: text, format: as}
	if at.format == "" {
		at.format = transfer.FormatOf(text)
	}
	switch {
	case text == "-" && at.format == "":
		at.format = transfer.NDJSON
	case text == "-" && at.format == transfer.Folder:
		return nil, usagef("a stream is no folder").hint("--as ndjson or --as json")
	case at.format == "":
		return nil, usagef("the name of %s does not say what to write", text).
			hint("end it in .ndjson, .json (each with .gz or .zst if you like) or a slash, or use --as; `bindery copy` writes to a namespace")
	}
	return at, nil
}
