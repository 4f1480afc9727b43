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

// formatFlag is the value of --format.
type formatFlag string

func (f *formatFlag) String() string { return string(*f) }
func (f *formatFlag) Type() string   { return "string" }
func (f *formatFlag) Set(v string) error {
	*f = formatFlag(v)
	return oneOf(v, formatText, formatJSON)
}

// json says whether a program reads the output.
func (f formatFlag) json() bool { return f == formatJSON }

// addFormat gives cmd the flag --format.
func addFormat(cmd *cobra.Command, f *formatFlag) {
	*f = formatText
	cmd.Flags().Var(f, "format", "print `text` for people or json for programs")
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{formatText, formatJSON}, cobra.ShellCompDirectiveNoFileComp)))
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
