package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// helpTemplate orders a command's help so that the examples come last, where the eye ends.
const helpTemplate = `{{with or .Long .Short}}{{. | trimTrailingWhitespaces}}{{end}}

usage: {{.UseLine}}{{if .HasAvailableSubCommands}}

commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{with .LocalNonPersistentFlags.FlagUsages}}

flags:
{{. | trimTrailingWhitespaces}}{{end}}

for every command:
{{.Root.PersistentFlags.FlagUsages | trimTrailingWhitespaces}}

examples:
{{.Example}}
`

// flagError is what becomes of a flag that pflag refuses.
func flagError(cmd *cobra.Command, err error) error {
	// `bindery chek --env x` stumbles over --env, but what is wrong is chek.
	if words := cmd.Flags().Args(); cmd.HasSubCommands() && len(words) > 0 {
		return unknownCommand(cmd, words[0])
	}
	var unknown *pflag.NotExistError
	var meant interface{ Hint() string }
	switch {
	case errors.As(err, &meant):
		return usagef("%s", err).hint("%s", meant.Hint())
	case !errors.As(err, &unknown):
		return usagef("%s", err).hint("%s --help shows what it takes", cmd.CommandPath())
	}
	if unknown.GetSpecifiedShortnames() != "" {
		return usagef("%s has no flag -%s", cmd.CommandPath(), unknown.GetSpecifiedName()).
			hint("%s --help lists them", cmd.CommandPath())
	}
	name := unknown.GetSpecifiedName()
	var flags []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	e := usagef("%s has no flag --%s", cmd.CommandPath(), name)
	if near, ok := syntax.Nearest(name, flags); ok {
		return e.hint("did you mean --%s?", near)
	}
	return e.hint("%s --help lists them", cmd.CommandPath())
}

// unknownCommand answers a word that is no command of cmd.
func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	e := usagef("%s has no command %q", cmd.CommandPath(), word)
	if near, ok := syntax.Nearest(word, names); ok {
		return e.hint("did you mean %s %s?", cmd.CommandPath(), near)
	}
	return e.hint("one of: %s", commandNames(cmd))
}

func commandNames(cmd *cobra.Command) string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return strings.Join(names, ", ")
}

// exactArgs wants so many arguments, named in the message.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("%s needs %s", cmd.CommandPath(), names[len(args)]).hint("usage: %s", cmd.UseLine())
		case len(args) > len(names):
			return usagef("%s takes no argument %q", cmd.CommandPath(), args[len(names)]).hint("usage: %s", cmd.UseLine())
		}
		return nil
	}
}

// atMost takes up to n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%s takes no argument %q", cmd.CommandPath(), args[n]).hint("usage: %s", cmd.UseLine())
		}
		return nil
	}
}

// oneOf is the error for a value that is none of those allowed; its hint is the one that was meant.
func oneOf(value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	err := errors.New("it must be " + strings.Join(allowed[:len(allowed)-1], ", ") + " or " + allowed[len(allowed)-1])
	if near, ok := syntax.Nearest(strings.ToLower(value), allowed); ok {
		return withHint(err, "did you mean %s?", near)
	}
	return err
}
