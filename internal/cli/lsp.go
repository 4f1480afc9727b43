package cli

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/git"
	"github.com/bindery-dev/bindery/internal/lsp"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

type lspOptions struct {
	*app
	debug bool
}

func newLSPCommand(a *app) *cobra.Command {
	o := &lspOptions{app: a}
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "serve an editor: findings while typing, fixes, explanations",
		Long: `Speaks the Language Server Protocol over standard input and output. An editor
starts it; docs/editors.md has the lines for VS Code, Neovim and Helix. It finds
what bindery check finds, executes nothing of the project and needs no network.`,
		Example: `  bindery lsp
  bindery lsp --debug`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&o.debug, "debug", false, "log to standard error what cannot be shown in the editor")
	cmd.Flags().Bool("stdio", true, "talk over standard input and output, as it always does") // many editors pass it
	must(cmd.Flags().MarkHidden("stdio"))
	return cmd
}

func (o *lspOptions) run(ctx context.Context) error {
	s := &lsp.Server{
		Version:       o.version,
		Rules:         rules.All(),
		RulePage:      report.RulePage,
		Configuration: wrangler.IsConfiguration,
		Judge:         (&editorJudge{}).judge,
	}
	if o.debug {
		s.Log = slog.New(slog.NewTextHandler(o.err, nil))
	}
	return s.Run(ctx, o.in, o.out)
}

// An editorJudge judges for one editor, and keeps what it found in each project.
type editorJudge struct {
	found map[string][]check.Diagnostic // by the paths of a project
}

// judge judges each folder that an editor shows as a project, with what is open there and was never saved, and each
// configuration that is open and lies in none of them as one of its own. A folder within another is part of that. What
// none of the changed files concerns is as it was.
func (e *editorJudge) judge(ctx context.Context, folders []string, open map[string][]byte, changed []string) ([]check.Diagnostic, error) {
	var projects [][]string
	for _, folder := range folders {
		if slices.ContainsFunc(folders, func(other string) bool { return other != folder && liesBelow(folder, other) }) {
			continue
		}
		projects = append(projects, append([]string{folder}, unsaved(folder, open)...))
	}
	for path := range open {
		if wrangler.IsConfiguration(path) && !slices.ContainsFunc(folders, func(folder string) bool { return liesBelow(path, folder) }) {
			projects = append(projects, []string{path})
		}
	}
	var found []check.Diagnostic
	known := e.found
	e.found = map[string][]check.Diagnostic{}
	for _, paths := range projects {
		key := strings.Join(paths, "\x00")
		if before, there := known[key]; there && !concerned(paths, changed) {
			e.found[key] = before
			found = append(found, before...)
			continue
		}
		result, err := check.Check(ctx, paths, check.LoadOptions{Open: open}, check.Options{Rules: rules.All()})
		if nothingThere(err) && len(paths) > 1 { // nothing was saved in that folder yet
			result, err = check.Check(ctx, paths[1:], check.LoadOptions{Open: open}, check.Options{Rules: rules.All()})
		}
		switch {
		case nothingThere(err):
			e.found[key] = nil
			continue
		case err != nil:
			for key, before := range known { // what has changed is asked for again
				if _, judged := e.found[key]; !judged {
					e.found[key] = before
				}
			}
			return nil, err
		}
		e.found[key] = result.Diagnostics
		found = append(found, result.Diagnostics...)
	}
	return found, nil
}

// concerned says whether one of the changed files may change what is found in a project: it lies there, or in the same
// repository, as code does that the project imports and the scripts that deploy it.
func concerned(paths, changed []string) bool {
	roots := map[string]bool{}
	for _, path := range paths {
		roots[git.Root(path)] = true
	}
	delete(roots, "")
	return slices.ContainsFunc(changed, func(file string) bool {
		return roots[git.Root(filepath.Dir(file))] || slices.ContainsFunc(paths, func(path string) bool {
			if !isFolder(path) {
				path = filepath.Dir(path)
			}
			return liesBelow(file, path)
		})
	})
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// nothingThere: a folder of other things, or one that is gone.
func nothingThere(err error) bool {
	var none *wrangler.NotFoundError
	return errors.As(err, &none) || errors.Is(err, fs.ErrNotExist)
}

// unsaved lists the configurations that are open below a folder, and not on the disk.
func unsaved(folder string, open map[string][]byte) []string {
	var paths []string
	for path := range open {
		if !wrangler.IsConfiguration(path) || !liesBelow(path, folder) {
			continue
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

func liesBelow(path, folder string) bool {
	below, err := filepath.Rel(folder, path)
	return err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator))
}
