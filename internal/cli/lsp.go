package cli

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
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
		Judge:         judgeForEditor,
	}
	if o.debug {
		s.Log = slog.New(slog.NewTextHandler(o.err, nil))
	}
	return s.Run(ctx, o.in, o.out)
}

// judgeForEditor judges each folder that an editor shows as a project, and each configuration that is open and lies in
// none of them as one of its own.
func judgeForEditor(ctx context.Context, folders []string, open map[string][]byte) ([]check.Diagnostic, error) {
	projects := append([]string{}, folders...)
	for path := range open {
		if wrangler.IsConfiguration(path) && !liesBelow(path, folders) {
			projects = append(projects, path)
		}
	}
	var found []check.Diagnostic
	for _, path := range projects {
		result, err := check.Check(ctx, []string{path}, check.LoadOptions{Open: open}, check.Options{Rules: rules.All()})
		var none *wrangler.NotFoundError
		switch {
		case errors.As(err, &none), errors.Is(err, fs.ErrNotExist):
			continue // a folder of other things, or what was never saved
		case err != nil:
			return nil, err
		}
		found = append(found, result.Diagnostics...)
	}
	return found, nil
}

func liesBelow(path string, folders []string) bool {
	for _, folder := range folders {
		if below, err := filepath.Rel(folder, path); err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator)) {
			return true
		}
	}
	return false
}
