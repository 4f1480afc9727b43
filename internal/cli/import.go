package cli

import "github.com/spf13/cobra"

func newImportCommand(a *app) *cobra.Command {
	o := &writeOptions{moveOptions: moveOptions{app: a}, command: "import"}
	cmd := &cobra.Command{
		Use:   "import FILE PLACE",
		Short: "write what a file, a folder or a stream holds into a KV namespace",
		Long: `Writes the keys of FILE into a namespace, with values, metadata and expirations; keys
that FILE does not have stay as they are. FILE is what "bindery export" wrote, what
"wrangler kv bulk put" takes, or - for standard input. A manifest is verified before
anything is written (of a stream: before its last keys are).

What is replaced is written down first, so that "bindery undo JOB" brings it back, and
the same command goes on where it was stopped. A key that expires within 60 seconds
cannot be written; it is left out, and counted. So is a fingerprint: it is of another
namespace. Production is written to only where its name is typed, or given with --yes.`,
		Example: `  bindery import backup.ndjson.zst test:API_GATEWAY_STORAGE
  bindery import rules.json test/api-gateway --prefix rules/`,
		Args: exactArgs("a file to read", "a namespace to write"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0], args[1]) },
	}
	o.addFlags(cmd)
	return cmd
}
