package cli

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
)

const (
	formatText = "text"
	formatJSON = "json"
)

// formatFlag is the value of --format: one of those that its command knows.
type formatFlag struct {
	name  string
	known []string
}

func (f *formatFlag) String() string { return f.name }
func (f *formatFlag) Type() string   { return "string" }
func (f *formatFlag) Set(v string) error {
	f.name = v
	return oneOf(v, f.known...)
}

// json says whether a program reads the output.
func (f formatFlag) json() bool { return f.name == formatJSON }

// addFormat gives cmd the flag --format.
func addFormat(cmd *cobra.Command, f *formatFlag) {
	addFormats(cmd, f, "print `text` for people or json for programs", formatText, formatJSON)
}

// addFormats is addFormat for a command with forms of its own; the first is the default.
func addFormats(cmd *cobra.Command, f *formatFlag, usage string, known ...string) {
	*f = formatFlag{name: known[0], known: known}
	cmd.Flags().Var(f, "format", usage)
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)))
}

// writeJSON prints v as indented JSON.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// must is for what fails only when the command tree is built wrongly.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
