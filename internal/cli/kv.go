package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

func newKVCommand(a *app) *cobra.Command {
	return newGroupCommand("kv", "read and write the keys of a KV namespace", `  bindery kv list production:SESSIONS --prefix user/
  bindery kv put test:SESSIONS rules/1 --file rule.json`,
		newKVGetCommand(a), newKVPutCommand(a), newKVListCommand(a), newKVDeleteCommand(a), newKVRenameCommand(a), newKVClearCommand(a))
}

// kvOptions are those of the commands of kv. Of writeOptions they take what guards a namespace.
type kvOptions struct {
	writeOptions
	fingerprint bool // the namespace's record of itself is meant too; for those that read
}

func newKVOptions(a *app) kvOptions {
	return kvOptions{writeOptions: writeOptions{moveOptions: moveOptions{app: a}}}
}

func (o *kvOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.config, "config", "c", "", "the wrangler `file` that bindings are those of (default what wrangler takes here)")
	must(cmd.MarkFlagFilename("config", "toml", "json", "jsonc"))
}

func (o *kvOptions) addReadFlags(cmd *cobra.Command) {
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.fingerprint, "with-fingerprint", false, "show the namespace's fingerprint too")
}

func (o *kvOptions) addWriteFlags(cmd *cobra.Command) {
	o.addFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.noUndo, "no-undo", false, "do not read and keep what is replaced")
	f.StringVar(&o.yes, "yes", "", "write to this `environment` without asking, if it is the namespace's")
	addFormat(cmd, &o.format)
}

// kvPlace is a namespace that a command of kv is about.
type kvPlace struct {
	*locator
	at    *location
	store transfer.Store
	keys  *transfer.Namespace
}

// open finds the namespace. Its caller closes the locator.
func (o *kvOptions) open(ctx context.Context, l *locator, place string) (*kvPlace, error) {
	at, err := l.find(ctx, place, "")
	if err != nil {
		return nil, err
	}
	if !at.isNamespace() {
		return nil, usagef("%s is no namespace", place).hint("name one as ENVIRONMENT:BINDING (:BINDING at the top level), ACCOUNT/TITLE, ACCOUNT/ID or by its id")
	}
	store, err := l.store(at)
	if err != nil {
		return nil, err
	}
	return &kvPlace{l, at, store, transfer.NewNamespace(store)}, nil
}

// usable refuses keys that no namespace takes, and the fingerprint, which is bindery's own.
func (o *kvOptions) usable(keys ...string) error {
	for _, key := range keys {
		err := kv.CheckKey(key)
		switch {
		case errors.Is(err, kv.ErrKeyTooLong):
			return usagef("%s", err).hint("a key has at most %d bytes: shorten it, or use a digest of it", kv.MaxKeyBytes)
		case err != nil:
			return usagef("%s", err).hint("a key is 1 to %d bytes of UTF-8, and neither . nor ..", kv.MaxKeyBytes)
		case key == fingerprint.Key && !o.fingerprint:
			return usagef("%s is the namespace's fingerprint, by which it is known", key).
				hint("`bindery kv get` and `list` show it with --with-fingerprint; `bindery apply` writes it")
		}
	}
	return nil
}

// noKey is the error for a key that is not there.
func noKey(key string, at *location) error {
	return fmt.Errorf("key %s of %s: %w", keyText(key), at, kv.ErrKeyNotFound)
}
