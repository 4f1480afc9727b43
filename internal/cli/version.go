package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by release builds: -ldflags "-X github.com/bindery-dev/bindery/internal/cli.version=0.1.0".
var version string

func newVersionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Example: `  bindery version
  bindery --version`,
		Args: exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, "bindery "+a.version)
			return err
		},
	}
}

// versionText is the version with what it was built from, as in "0.1.0 (commit 1a2b3c4d5e6f, go1.26.1)".
func versionText() string {
	v, commit, dirty := version, "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v == "" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = "commit " + s.Value[:min(len(s.Value), 12)] + ", "
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = "modified, "
			}
		}
	}
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	return fmt.Sprintf("%s (%s%s%s)", v, commit, dirty, runtime.Version())
}
