package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/transfer"
)

func newImportCommand(a *app) *cobra.Command {
	o := &moveOptions{app: a}
	cmd := &cobra.Command{
		Use:   "import FILE PLACE",
		Short: "write what a file, a folder or a stream holds into a KV namespace",
		Long: `Writes the keys of FILE into a namespace, with values, metadata and expirations; keys
that FILE does not have stay as they are. FILE is what "bindery export" wrote, what
"wrangler kv bulk put" takes, or - for standard input. A manifest is verified before
anything is written (of a stream: before its last keys are).

A key that expires within 60 seconds cannot be written; it is left out, and counted.
A fingerprint in the file is left out: it is of another namespace.`,
		Example: `  bindery import backup.ndjson.zst test:API_GATEWAY_STORAGE
  bindery import rules.json test/api-gateway --prefix rules/`,
		Args: exactArgs("a file to read", "a namespace to write"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.importFile(cmd.Context(), args[0], args[1]) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *moveOptions) importFile(ctx context.Context, from, to string) error {
	as, err := o.form()
	if err != nil {
		return err
	}
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	src, err := l.find(ctx, from, as)
	if err != nil {
		return err
	}
	if src.isNamespace() {
		return usagef("%s is no file", from).hint("`bindery copy` moves from namespace to namespace; a file is .ndjson, .json, a folder/ or -")
	}
	dst, err := l.find(ctx, to, "")
	if err != nil {
		return err
	}
	if !dst.isNamespace() {
		return usagef("%s is no namespace", to).hint("%s", placeForms)
	}
	source, err := o.source(l, src)
	if err != nil {
		return err
	}
	store, err := l.store(dst)
	if err != nil {
		return err
	}
	m := startMove(o.app, "importing", src, dst)
	defer m.stop()
	copier := &transfer.Copier{From: source, To: transfer.NewNamespace(store), Filter: o.filter, Now: o.now, Progress: m.moved}
	counts, err := copier.Copy(ctx)
	if err != nil {
		return fmt.Errorf("import into %s, after %s: %w", dst, plural(int(counts.Keys), "key", "keys"), err)
	}
	return m.report("imported", counts, o.format)
}
