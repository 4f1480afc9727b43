package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/server"
)

func newRestoreCommand(a *app) *cobra.Command {
	o := &operatorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "restore BACKUP",
		Short: "make a data folder of a backup",
		Long: `Makes the data folder, which must not exist yet or be empty, of what bindery backup
wrote. Every file is held against its digest first; a damaged one is named, and
nothing is changed. Tokens and accounts are those of the time of the backup.`,
		Example: `  bindery restore backups/monday --data ./server-data
  bindery restore backups/monday --data ./server-data --format json`,
		Args: exactArgs("a backup"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.restore(cmd.Context(), args[0]) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *operatorOptions) restore(ctx context.Context, from string) error {
	dir := o.dataFolder(o.data)
	progress := startProgress(o.err)
	progress.say("restoring %s", dir)
	b, err := server.Restore(ctx, from, dir)
	progress.stop()
	if err != nil {
		return err
	}
	if err := keepFromGit(dir); err != nil {
		return err
	}
	return o.printBackup("restored "+dir, b)
}
