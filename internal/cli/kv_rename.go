package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

type kvRenameOptions struct {
	kvOptions
	overwrite bool
}

func newKVRenameCommand(a *app) *cobra.Command {
	o := &kvRenameOptions{kvOptions: newKVOptions(a)}
	cmd := &cobra.Command{
		Use:   "rename PLACE OLD NEW",
		Short: "give a key of a KV namespace another name",
		Long: `Writes value, metadata and expiration of OLD under NEW, reads them back, and only then
deletes OLD. A NEW that is there already is left alone without --overwrite. Readers may
see both keys for a moment, never neither. "bindery undo JOB" brings back what was.`,
		Example: `  bindery kv rename test:SESSIONS rules/1 rules/first
  bindery kv rename production:SESSIONS rules/1 rules/first --overwrite --yes production`,
		Args: exactArgs("a namespace", "a key", "its new name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.rename(cmd.Context(), args[0], args[1], args[2])
		},
	}
	o.addWriteFlags(cmd)
	cmd.Flags().BoolVar(&o.overwrite, "overwrite", false, "replace what is under the new name")
	return cmd
}

func (o *kvRenameOptions) rename(ctx context.Context, place, from, to string) error {
	if err := o.usable(from, to); err != nil {
		return err
	}
	if from == to {
		return usagef("%s and %s are one key", keyText(from), keyText(to))
	}
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	p, err := o.open(ctx, l, place)
	if err != nil {
		return err
	}
	items := map[string]kv.Item{}
	if err := p.keys.Items(ctx, []string{from, to}, func(key string, item kv.Item) error { items[key] = item; return nil }); err != nil {
		return fmt.Errorf("read %s: %w", p.at, err)
	}
	item, ok := items[from]
	if !ok {
		return noKey(from, p.at)
	}
	if _, ok := items[to]; ok && !o.overwrite {
		return withHint(fmt.Errorf("key %s of %s is there already", keyText(to), p.at), "--overwrite replaces it")
	}
	pair := kv.Pair{Key: to, Item: item}
	if err := pair.Validate(o.now()); errors.Is(err, kv.ErrExpirationInvalid) {
		return withHint(fmt.Errorf("key %s expires within 60 seconds, and no namespace takes such a key", keyText(from)), "there is nothing to rename in a minute")
	}
	if err := o.guard(ctx, l, p.at, p.store); err != nil {
		return err
	}
	w, err := o.begin(p, "kv rename", from+"\n"+to)
	if err != nil {
		return err
	}
	if err := o.move(ctx, w, from, pair); err != nil {
		return w.failed(fmt.Errorf("rename in %s: %w", p.at, err))
	}
	return w.done(fmt.Sprintf("renamed %s to %s in %s", keyText(from), keyText(to), p.at))
}

// move writes the pair, and deletes the old key when it was read back.
func (o *kvRenameOptions) move(ctx context.Context, w *kvWrite, from string, pair kv.Pair) error {
	if err := w.put(ctx, pair); err != nil {
		return err
	}
	got, err := w.p.store.Get(ctx, pair.Key)
	if err != nil {
		return fmt.Errorf("read back %s: %w", keyText(pair.Key), err)
	}
	if !transfer.SameItem(got, pair.Item) {
		return fmt.Errorf("%s reads otherwise than it was written; %s is left", keyText(pair.Key), keyText(from))
	}
	return w.remove(ctx, []string{from})
}
