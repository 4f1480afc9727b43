package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/server"
)

func newBackupCommand(a *app) *cobra.Command {
	o := &operatorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "copy a server's data folder, also while the server runs on it",
		Long: `Writes the data folder, as it is now, into a folder that does not exist yet. A server
that runs on it goes on; every write that it acknowledged before is in the backup.
The backup is there whole, or not at all, with a digest of every file. Files that
never change are linked where that is possible: it then takes little time and room,
and is to be copied to another disk.`,
		Example: `  bindery backup backups/monday
  bindery backup /mnt/backups/2026-11-22 --data ./server-data`,
		Args: exactArgs("a folder to write"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.backup(cmd.Context(), args[0]) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *operatorOptions) backup(ctx context.Context, to string) error {
	dir := o.dataFolder(o.data)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return usagef("there is no data folder %s", dir).hint("--data names another")
	}
	progress := startProgress(o.err)
	progress.say("copying %s", dir)
	b, err := server.Backup(ctx, dir, to)
	progress.stop()
	if err != nil {
		return err
	}
	return o.printBackup("wrote "+to, b)
}

// printBackup says what a backup holds.
func (o *operatorOptions) printBackup(done string, b server.BackupInfo) error {
	if o.format.json() {
		return writeJSON(o.out, b)
	}
	_, err := fmt.Fprintf(o.out, "%s: %d files, %d bytes, of %s\n", filepath.ToSlash(done), len(b.Files), b.Bytes, day(b.Made))
	return err
}
