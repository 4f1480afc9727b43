package envtypes

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// FirstLine begins every file of TypeScript that is made here, and no other: whoever overwrites one looks for it.
const FirstLine = "// What this Worker finds in env, by environment.\n"

// TypeScript returns declarations, all of them global: Cloudflare.Env and Env for code that does not know where it runs, in which
// what only some environments have is optional; and, of several environments, an interface for each and their union, Cloudflare.AnyEnv.
func TypeScript(d Description) []byte {
	var b bytes.Buffer
	b.WriteString(FirstLine)
	fmt.Fprintf(&b, `/* eslint-disable */
// Made from %s by %s. Run that again when the configuration changes; with --check it
// tells a pipeline that somebody forgot to. The types of Workers themselves are those of @cloudflare/workers-types, or of
// wrangler types --include-env=false.

declare namespace Cloudflare {
`, oneLine(d.Source), "`"+oneLine(d.Command)+"`")
	if len(d.Environments) > 1 {
		names := interfaceNames(d.Environments)
		for i, e := range d.Environments {
			fmt.Fprintf(&b, "\t/** %s. */\n\tinterface %s {\n", e.label(), names[i])
			for _, m := range e.Members {
				writeMember(&b, property(m.Name), m.Type, m.Note)
			}
			b.WriteString("\t}\n\n")
		}
		fmt.Fprintf(&b, "\t/** env in any one environment. A variable with another value in each tells which. */\n"+
			"\ttype AnyEnv = %s;\n\n", strings.Join(names, " | "))
		b.WriteString("\t/** env in whichever environment: what only some have is optional. */\n")
	} else {
		for _, e := range d.Environments {
			fmt.Fprintf(&b, "\t/** %s. */\n", e.label())
		}
	}
	b.WriteString("\tinterface Env {\n")
	for _, m := range d.all() {
		name := property(m.Name)
		if len(m.Missing) > 0 {
			name += "?"
		}
		writeMember(&b, name, strings.Join(m.Types, " | "), strings.Join(m.Notes, ", "))
	}
	b.WriteString("\t}\n}\n\ninterface Env extends Cloudflare.Env {}\n")
	return b.Bytes()
}

func writeMember(b *bytes.Buffer, name, typ, note string) {
	if note != "" {
		note = " /* " + note + " */"
	}
	fmt.Fprintf(b, "\t\t%s: %s%s;\n", name, typ, note)
}

// taken are names that the types of Workers have in the namespace Cloudflare, or that are ours.
var taken = []string{"Env", "AnyEnv", "GlobalProps", "Exports"}

// interfaceNames gives each environment the name that wrangler gives it, as ProductionEnv; a number tells two apart that would
// have the same.
func interfaceNames(all []Environment) []string {
	names := unique{}
	for _, name := range taken {
		names.claim(name)
	}
	given := make([]string, len(all))
	for i, e := range all {
		name := "TopLevel"
		if e.Name != "" {
			name = ""
			for _, word := range words(e.Name) {
				name += capital(strings.ToLower(word))
			}
		}
		if !strings.HasSuffix(name, "Env") {
			name += "Env"
		}
		if !identifier.MatchString(name) {
			name = "_" + name
		}
		given[i] = names.claim(name)
	}
	return given
}

var wordPattern = pattern.New(`[a-zA-Z0-9]+`)

func words(name string) []string { return wordPattern.Regexp().FindAllString(name, -1) }

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// unique are names that are given away.
type unique map[string]bool

// claim gives name away, with a number behind it if it was before.
func (u unique) claim(name string) string {
	free := name
	for n := 2; u[free]; n++ {
		free = fmt.Sprintf("%s%d", name, n)
	}
	u[free] = true
	return free
}
