package wrangler

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// resolve reads one environment, given its table; "" is the top level.
func (c *Config) resolve(name string, table *syntax.Node) *Environment {
	e := &Environment{Name: name, Config: c, Node: table}
	e.Worker, e.AccountID = e.Value("name"), e.Value("account_id")
	e.suffixed = name != "" && own(table, "name") == nil
	if c.ServiceEnvironments() {
		e.Worker, e.AccountID = own(c.File.Root, "name"), own(c.File.Root, "account_id")
		e.suffixed = false
	}
	e.Main = e.Value("main")
	e.CompatibilityDate = e.Value("compatibility_date")
	e.Bindings = bindingsIn(e.Value)
	vars := lastFields(e.Value("vars"))
	e.Vars = slices.Grow(e.Vars, len(vars))
	for _, field := range vars {
		e.Vars = append(e.Vars, Var{Name: field.Name, NameAt: field.NameAt, Value: field.Value})
	}
	return e
}

// Value returns what applies to the environment under a key of the configuration: its own value, else for an
// inheritable key the top level's; nil if there is none. A null is none, and so are an empty account_id and route.
func (e *Environment) Value(name string) *syntax.Node {
	k := keyNamed(name)
	if k == nil || e.Node == nil { // not declared: the top level stands in, see undeclared
		return own(e.Config.File.Root, name)
	}
	switch k.kind {
	case topOnly:
		return own(e.Config.File.Root, name)
	case inheritable:
		if n := own(e.Node, name); n != nil {
			return n
		}
		return own(e.Config.File.Root, name)
	default:
		return own(e.Node, name)
	}
}

// own returns what a table itself says under a key of the configuration.
func own(table *syntax.Node, name string) *syntax.Node {
	n := table.Get(name)
	switch {
	case n.Is(syntax.Null):
		return nil
	case (name == "account_id" || name == "route") && n.Is(syntax.String) && n.Text == "":
		return nil
	}
	return n
}

// WorkerName is the script's name on deploy: the environment's own name, else NAME-ENV; "" if there is none.
func (e *Environment) WorkerName() string {
	name := e.Worker.Str()
	if name != "" && e.suffixed {
		return name + "-" + e.Name
	}
	return name
}

// Command completes a wrangler command line, so that it goes to the account of this environment: without --env wrangler
// takes the top level's account_id, whatever CLOUDFLARE_ACCOUNT_ID says. It is meant for the folder of the file.
func (e *Environment) Command(line string) string {
	if file := filepath.Base(e.Config.Path); !IsFound(file) {
		line += " --config " + shellWord(file)
	}
	if e.Name != "" {
		line += " --env " + shellWord(e.Name)
	}
	return line
}

// shellWord is text as one word for a shell.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

var plainWord = pattern.New(`^[A-Za-z0-9_.-]+$`)

// Label is the environment's name for messages: `env "production"` or `top level`.
func (e *Environment) Label() string {
	if e.Name == "" {
		return "top level"
	}
	return fmt.Sprintf("env %q", e.Name)
}

// Refused says whether wrangler refuses to read this environment: for a mistake in it, at the top level, or in the
// syntax of the file.
func (e *Environment) Refused() bool {
	isError := func(p Problem) bool { return p.Error }
	return len(e.Config.File.Errors) > 0 ||
		slices.ContainsFunc(e.Config.Problems, isError) ||
		slices.ContainsFunc(e.Problems, isError)
}
