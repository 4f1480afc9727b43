package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// defaultData is the data folder of serve and of the commands that manage it,
// unless --data or BINDERY_DATA names another.
const defaultData = ".bindery"

// operatorOptions are common to account, token and apikey.
type operatorOptions struct {
	*app
	data   string
	format formatFlag
}

func (o *operatorOptions) addFlags(cmd *cobra.Command) {
	addData(cmd, &o.data)
	addFormat(cmd, &o.format)
}

// addData gives cmd the flag --data; dataFolder reads it.
func addData(cmd *cobra.Command, data *string) {
	cmd.Flags().StringVar(data, "data", "", "the server's data `folder` (or $BINDERY_DATA; default "+defaultData+")")
	must(cmd.MarkFlagDirname("data"))
}

// dataFolder resolves --data: flag, then environment variable, then the default.
func (a *app) dataFolder(flag string) string {
	switch {
	case flag != "":
		return flag
	case a.getenv("BINDERY_DATA") != "":
		return a.getenv("BINDERY_DATA")
	}
	return defaultData
}

// with opens the data folder, which must be there unless make is set, and calls do with its operator.
func (o *operatorOptions) with(ctx context.Context, make bool, do func(server.Operator) error) error {
	dir := o.dataFolder(o.data)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && !make {
		return usagef("there is no data folder %s", dir).
			hint("`bindery serve` and `bindery account create` make one; --data names another")
	}
	operator, err := server.Operate(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(keepFromGit(dir), do(operator), operator.Close())
}

// keepFromGit puts a .gitignore into the default data folder once the store has made
// it: the folder lies in a project, and does not belong into the project's history.
func keepFromGit(dir string) error {
	if dir != defaultData {
		return nil
	}
	err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600)
	if err != nil {
		return fmt.Errorf("keep the data folder out of git: %w", err)
	}
	return nil
}

// accountIDs resolves accounts given by name or id.
func accountIDs(ctx context.Context, o server.Operator, wanted []string) ([]string, error) {
	all, err := o.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var ids, names []string
	for _, w := range wanted {
		id := ""
		for _, a := range all {
			if a.ID == w || a.Name == w {
				id = a.ID
			}
		}
		if id == "" {
			for _, a := range all {
				names = append(names, a.Name)
			}
			e := usagef("the server has no account %q", w)
			if len(names) == 0 {
				return nil, e.hint("it has none yet: bindery account create %s", w)
			}
			return nil, e.hint("it has: %s", strings.Join(names, ", "))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// accountNames turns ids back into names, for people.
func accountNames(all []platform.Account, ids []string) string {
	if len(ids) == 0 {
		return "every account"
	}
	var names []string
	for _, id := range ids {
		name := id
		for _, a := range all {
			if a.ID == id {
				name = a.Name
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// table prints rows in columns; the first row is the heading.
func (a *app) table(rows ...[]string) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// day prints a time in lists: to the minute, in UTC.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }
