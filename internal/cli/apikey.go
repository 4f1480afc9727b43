package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

func newAPIKeyCommand(a *app) *cobra.Command {
	return newGroupCommand("apikey", "make, list and revoke the keys of a server's data endpoints", `  bindery apikey create
  bindery apikey list`,
		newAPIKeyCreateCommand(a), newAPIKeyListCommand(a), newAPIKeyRevokeCommand(a))
}

type apiKeyCreateOptions struct {
	operatorOptions
	name string
}

func newAPIKeyCreateCommand(a *app) *cobra.Command {
	o := &apiKeyCreateOptions{operatorOptions: operatorOptions{app: a}}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "make a key for the header X-API-KEY and print it, this once",
		Long: `Makes a key for GET /api/v1/data/kv-self-test and GET /api/v1/data/bindings and
prints it on standard output. Two keys may live at a time: to change keys, make the
new one, hand it out, then revoke the old one.`,
		Example: `  bindery apikey create
  bindery apikey create --name pipeline --format json`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.name, "name", "data endpoints", "a `name` for lists")
	return cmd
}

func (o *apiKeyCreateOptions) run(ctx context.Context) error {
	return o.with(ctx, false, func(operator server.Operator) error {
		secret, info, err := operator.CreateAPIKey(ctx, o.name)
		if err != nil {
			return err
		}
		err = o.printSecret(o.format, secret, "api_key", info, fmt.Sprintf("API key %s made", info.ID))
		if err != nil { // nobody has seen it
			return errors.Join(err, operator.RevokeAPIKey(context.WithoutCancel(ctx), info.ID))
		}
		return nil
	})
}

func newAPIKeyListCommand(a *app) *cobra.Command {
	o := &operatorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the live keys, never their secrets",
		Example: `  bindery apikey list
  bindery apikey list --format json`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.listAPIKeys(cmd.Context()) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *operatorOptions) listAPIKeys(ctx context.Context) error {
	return o.with(ctx, false, func(operator server.Operator) error {
		keys, err := operator.APIKeys(ctx)
		switch {
		case err != nil:
			return err
		case o.format.json():
			return writeJSON(o.out, map[string][]platform.APIKeyInfo{"api_keys": notNil(keys)})
		}
		rows := [][]string{{"ID", "NAME", "CREATED"}}
		for _, k := range keys {
			rows = append(rows, []string{k.ID, k.Name, day(k.Created)})
		}
		return o.table(rows...)
	})
}

func newAPIKeyRevokeCommand(a *app) *cobra.Command {
	o := &operatorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "revoke ID",
		Short: "end a key at once",
		Example: `  bindery apikey revoke 5d4c3b2a19080f7e6d5c4b3a29180706
  bindery apikey revoke 5d4c3b2a19080f7e6d5c4b3a29180706 --data ./server-data`,
		Args: exactArgs("the id of a key (`bindery apikey list` shows it)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.with(cmd.Context(), false, func(operator server.Operator) error {
				if err := operator.RevokeAPIKey(cmd.Context(), args[0]); err != nil {
					return fmt.Errorf("revoke %s: %w", args[0], err)
				}
				return o.printRevoked("API key", args[0])
			})
		},
	}
	o.addFlags(cmd)
	return cmd
}
