package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every command ends its help in two examples, and each is a command line that bindery takes.
func TestHelpExamples(t *testing.T) {
	walk(newTestRoot(), func(cmd *cobra.Command) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			var examples []string
			for line := range strings.Lines(cmd.Example) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, "bindery ") {
					examples = append(examples, line)
				}
			}
			if len(examples) != 2 {
				t.Errorf("%d examples, want 2: %q", len(examples), examples)
			}
			for _, line := range examples {
				line, _, _ = strings.Cut(line, " > ")
				if err := parses(strings.Fields(line)[1:]); err != nil {
					t.Errorf("example %q: %v", line, err)
				}
			}
		})
	})
}

// parses says whether bindery would run with args, without running it.
func parses(args []string) error {
	root := newTestRoot()
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	words := cmd.Flags().Args()
	if cmd.HasSubCommands() && len(words) > 0 {
		return unknownCommand(cmd, words[0])
	}
	return cmd.ValidateArgs(words)
}

// Help is the same sentence everywhere: lower case, no final stop, no flag without a word on it.
func TestHelpWording(t *testing.T) {
	walk(newTestRoot(), func(cmd *cobra.Command) {
		checkPhrase(t, cmd.CommandPath(), cmd.Short)
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { checkPhrase(t, cmd.CommandPath()+" --"+f.Name, f.Usage) })
	})
}

func checkPhrase(t *testing.T, of, phrase string) {
	t.Helper()
	if phrase == "" || strings.ToLower(phrase[:1]) != phrase[:1] || strings.HasSuffix(phrase, ".") {
		t.Errorf("%s is described as %q; want a phrase in lower case without a final stop", of, phrase)
	}
}

func newTestRoot() *cobra.Command {
	var out bytes.Buffer
	none := func(string) string { return "" }
	return newRootCommand(&app{in: strings.NewReader(""), out: newStream(&out, none), err: newStream(&out, none), getenv: none})
}

func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		walk(c, visit)
	}
}

// commandFlags lists every command that runs, and behind a tab each of its flags.
func commandFlags(root *cobra.Command) []string {
	var all []string
	walk(root, func(cmd *cobra.Command) {
		if cmd.HasSubCommands() || !cmd.IsAvailableCommand() {
			return
		}
		all = append(all, cmd.CommandPath())
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			all = append(all, cmd.CommandPath()+"\t--"+f.Name)
		})
	})
	return all
}
