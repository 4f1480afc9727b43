package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

func newTokenCommand(a *app) *cobra.Command {
	return newGroupCommand("token", "make, list and revoke the API tokens of a server", `  bindery token create --account test --permission edit
  bindery token list`,
		newTokenCreateCommand(a), newTokenListCommand(a), newTokenRevokeCommand(a))
}

type tokenCreateOptions struct {
	operatorOptions
	accounts    []string // names or ids
	everyone    bool
	permission  permissionFlag
	name        string
	expiresIn   time.Duration
	expiresFlag bool
}

// permissionFlag is the value of --permission.
type permissionFlag string

func (f *permissionFlag) String() string { return string(*f) }
func (f *permissionFlag) Type() string   { return "string" }
func (f *permissionFlag) Set(v string) error {
	*f = permissionFlag(v)
	return oneOf(v, string(platform.Read), string(platform.Edit), string(platform.Admin))
}

func newTokenCreateCommand(a *app) *cobra.Command {
	o := &tokenCreateOptions{operatorOptions: operatorOptions{app: a}}
	cmd := &cobra.Command{
		Use:   "create --account NAME… --permission read|edit|admin",
		Short: "make a token and print it, this once",
		Long: `Makes a token that sees the named accounts and prints it on standard output. The
server keeps only its hash: what is not copied now is gone.`,
		Example: `  bindery token create --account test --account production --permission edit
  bindery token create --account production --permission read --name dashboards --expires-in 720h`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.expiresFlag = cmd.Flags().Changed("expires-in")
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd)
	f := cmd.Flags()
	f.StringArrayVar(&o.accounts, "account", nil, "an account that it sees, by `name` or id; may be repeated")
	f.BoolVar(&o.everyone, "all-accounts", false, "let it see every account, those made later too")
	f.Var(&o.permission, "permission", "what it may do: `read`, edit, or admin, which may also make tokens for its accounts")
	f.StringVar(&o.name, "name", "", "a `name` for lists (default says what it may do)")
	f.DurationVar(&o.expiresIn, "expires-in", 0, "how long it is good for, as in 24h (default for ever)")
	must(cmd.RegisterFlagCompletionFunc("permission", cobra.FixedCompletions([]string{"read", "edit", "admin"}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// validate looks at what needs no server.
func (o *tokenCreateOptions) validate() error {
	switch {
	case len(o.accounts) == 0 && !o.everyone:
		return usagef("no account is named").hint("--account NAME, or --all-accounts")
	case len(o.accounts) > 0 && o.everyone:
		return usagef("--account and --all-accounts exclude each other")
	case o.permission == "":
		return usagef("no permission is given").hint("--permission read, edit or admin")
	case o.expiresFlag && o.expiresIn <= 0:
		return usagef("--expires-in %s ends before it begins", o.expiresIn)
	}
	return nil
}

func (o *tokenCreateOptions) run(ctx context.Context) error {
	if err := o.validate(); err != nil {
		return err
	}
	return o.with(ctx, false, func(operator server.Operator) error {
		ids, err := accountIDs(ctx, operator, o.accounts)
		if err != nil {
			return err
		}
		all, err := operator.Accounts(ctx)
		if err != nil {
			return err
		}
		scope := fmt.Sprintf("%s on %s", o.permission, accountNames(all, ids))
		wanted := platform.TokenInfo{Name: o.name, Accounts: ids, Permission: platform.Permission(o.permission)}
		if wanted.Name == "" {
			wanted.Name = scope
		}
		if o.expiresFlag {
			end := o.now().Add(o.expiresIn).UTC()
			wanted.Expires = &end
		}
		secret, info, err := operator.CreateToken(ctx, wanted)
		if err != nil {
			return err
		}
		err = o.printSecret(o.format, secret, "token", info, fmt.Sprintf("token %s made: %s", info.ID, scope))
		if err != nil { // nobody has seen it
			return errors.Join(err, operator.RevokeToken(context.WithoutCancel(ctx), info.ID))
		}
		return nil
	})
}

// printSecret prints a new secret alone on standard output, so that $(…) takes it, and what it is beside it.
func (a *app) printSecret(format formatFlag, secret, kind string, info any, note string) error {
	if format.json() {
		return writeJSON(a.out, map[string]any{"secret": secret, kind: info})
	}
	if _, err := fmt.Fprintln(a.out, secret); err != nil {
		return fmt.Errorf("print the %s: %w", strings.ReplaceAll(kind, "_", " "), err)
	}
	fmt.Fprintf(a.err, "%s; it is not shown again\n", note)
	return nil
}

func newTokenListCommand(a *app) *cobra.Command {
	o := &operatorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the tokens, never their secrets",
		Example: `  bindery token list
  bindery token list --format json`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.listTokens(cmd.Context()) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *operatorOptions) listTokens(ctx context.Context) error {
	return o.with(ctx, false, func(operator server.Operator) error {
		tokens, err := operator.Tokens(ctx)
		if err != nil {
			return err
		}
		if o.format.json() {
			return writeJSON(o.out, map[string][]platform.TokenInfo{"tokens": notNil(tokens)})
		}
		accounts, err := operator.Accounts(ctx)
		if err != nil {
			return err
		}
		rows := [][]string{{"ID", "NAME", "PERMISSION", "ACCOUNTS", "CREATED", "EXPIRES", "STATUS"}}
		for _, t := range tokens {
			expires := "never"
			if t.Expires != nil {
				expires = day(*t.Expires)
			}
			rows = append(rows, []string{t.ID, t.Name, string(t.Permission), accountNames(accounts, t.Accounts), day(t.Created), expires, t.Status(o.now())})
		}
		return o.table(rows...)
	})
}

func newTokenRevokeCommand(a *app) *cobra.Command {
	o := &operatorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "revoke ID",
		Short: "end a token at once",
		Example: `  bindery token revoke 0c1f5a3e9b7d4826a1e0f3b2c4d5e6f7
  bindery token revoke 0c1f5a3e9b7d4826a1e0f3b2c4d5e6f7 --data ./server-data`,
		Args: exactArgs("the id of a token (`bindery token list` shows it)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.with(cmd.Context(), false, func(operator server.Operator) error {
				if err := operator.RevokeToken(cmd.Context(), args[0]); err != nil {
					return fmt.Errorf("revoke %s: %w", args[0], err)
				}
				return o.printRevoked("token", args[0])
			})
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *operatorOptions) printRevoked(kind, id string) error {
	if o.format.json() {
		return writeJSON(o.out, map[string]string{"revoked": id})
	}
	_, err := fmt.Fprintf(o.out, "%s %s revoked\n", kind, id)
	return err
}
