// Package cli is the command line of bindery: one file a command, each with its
// options, its flags and a run.
//
// Start with [Main]. A command's constructor (newCheckCommand, …) fills an options
// struct from flags and environment variables and calls its run, which knows
// neither cobra nor the process. What comes out as findings goes to standard
// output; progress, logs and errors go to standard error. Only this package turns
// errors into exit codes, all of them in exit.go.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/cloudflare"
)

// app is what every command is handed.
type app struct {
	in      io.Reader
	out     *stream // findings
	err     *stream // errors, progress, logs
	getenv  func(string) string
	now     func() time.Time
	version string
	limiter cloudflare.Limiter // of all clients of the process
	quiet   bool               // no progress of what moves data
}

// Main runs bindery with the arguments that follow its name and returns the exit
// code. It stops at the first SIGINT or SIGTERM and cleans up; a second one kills.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from here on a signal has its usual effect

	a := &app{
		in:      stdin,
		out:     newStream(stdout, getenv),
		err:     newStream(stderr, getenv),
		getenv:  getenv,
		now:     time.Now,
		version: versionText(),
	}
	return a.execute(ctx, newRootCommand, args)
}

// execute builds the commands, runs the one that args name and reports what comes of it, a panic included.
func (a *app) execute(ctx context.Context, build func(*app) *cobra.Command, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = a.reportPanic(p, args)
		}
	}()
	if args == nil {
		args = []string{} // nil would make cobra read os.Args
	}
	root := build(a)
	root.SetArgs(args)
	return a.report(root.ExecuteContext(ctx))
}

// newRootCommand builds the tree of commands.
func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "bindery",
		Short: "check, rehearse and prove the bindings of Cloudflare Workers",
		Long: `Bindery checks the bindings of Cloudflare Workers before they reach production:
which namespace a name leads to, and in which account. It reads wrangler's own
files, and carries a server that speaks Cloudflare's API to rehearse on.`,
		Example: `  bindery check
  bindery rehearse . --env production`,
		Version:       a.version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.setColor(cmd) },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetVersionTemplate("bindery {{.Version}}\n")
	root.SetHelpTemplate(helpTemplate)
	root.SetFlagErrorFunc(flagError)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.Flags().Bool("version", false, "print the version")
	root.PersistentFlags().BoolP("help", "h", false, "show this help")
	root.PersistentFlags().Var(&colorFlag{when: colorAuto}, "color", "colour the output: `auto`, always or never")

	root.AddCommand(
		newCheckCommand(a),
		newLSPCommand(a),
		newBindingsCommand(a),
		newLockCommand(a),
		newPlanCommand(a),
		newApplyCommand(a),
		newDeployCommand(a),
		newExplainCommand(a),
		newCopyCommand(a),
		newDiffCommand(a),
		newExportCommand(a),
		newImportCommand(a),
		newKVCommand(a),
		newUndoCommand(a),
		newRehearseCommand(a),
		newSeedCommand(a),
		newTypesCommand(a),
		newProbeCommand(a),
		newSelftestCommand(a),
		newServeCommand(a),
		newAccountCommand(a),
		newTokenCommand(a),
		newAPIKeyCommand(a),
		newBackupCommand(a),
		newRestoreCommand(a),
		newVersionCommand(a),
		newCompletionCommand(a),
	)
	root.SetHelpCommand(newHelpCommand())
	return root
}

// newGroupCommand is a noun that does nothing without its verb.
func newGroupCommand(use, short, example string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:     use,
		Short:   short,
		Example: example,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return usagef("%s needs a command", cmd.CommandPath()).hint("one of: %s", commandNames(cmd))
		},
	}
	cmd.AddCommand(verbs...)
	return cmd
}
