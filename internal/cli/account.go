package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

func newAccountCommand(a *app) *cobra.Command {
	return newGroupCommand("account", "make and list the accounts of a server", `  bindery account create production
  bindery account list`,
		newAccountCreateCommand(a), newAccountListCommand(a))
}

type accountCreateOptions struct {
	operatorOptions
	name, id string
}

func newAccountCreateCommand(a *app) *cobra.Command {
	o := &accountCreateOptions{operatorOptions: operatorOptions{app: a}}
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "make an account, if it is not there yet",
		Long: `Makes an account in the server's data folder, whether a server runs on it or not,
and prints its id. An account of this name and id is left as it is.`,
		Example: `  bindery account create test
  bindery account create production --id 3541a8b5f1d18989d24ea2b978f1a1fc`,
		Args: exactArgs("a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.id, "id", "", "its `id`, 32 lower-case hex digits (default random)")
	return cmd
}

func (o *accountCreateOptions) run(ctx context.Context) error {
	return o.with(ctx, true, func(operator server.Operator) error {
		account, err := operator.EnsureAccount(ctx, o.name, o.id)
		switch {
		case err != nil:
			return err
		case o.format.json():
			return writeJSON(o.out, account)
		}
		return o.table([]string{account.ID, account.Name})
	})
}

func newAccountListCommand(a *app) *cobra.Command {
	o := &operatorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the accounts by name",
		Example: `  bindery account list
  bindery account list --format json`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.listAccounts(cmd.Context()) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *operatorOptions) listAccounts(ctx context.Context) error {
	return o.with(ctx, false, func(operator server.Operator) error {
		all, err := operator.Accounts(ctx)
		switch {
		case err != nil:
			return err
		case o.format.json():
			return writeJSON(o.out, map[string][]platform.Account{"accounts": notNil(all)})
		}
		rows := [][]string{{"ID", "NAME", "CREATED"}}
		for _, a := range all {
			rows = append(rows, []string{a.ID, a.Name, day(a.Created)})
		}
		return o.table(rows...)
	})
}

// notNil makes JSON say [] where there is nothing, not null.
func notNil[E any](s []E) []E {
	if s == nil {
		return []E{}
	}
	return s
}
