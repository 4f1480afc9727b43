// Package envtypes writes down, for a compiler, what a Worker finds in env: as interfaces of TypeScript, and as constants
// of Go for the services beside it. Both are made from one [Description], so that they cannot disagree.
//
// Start with [Describe], then [TypeScript] or [Go]. The same description gives the same bytes, and holds no ids: a file goes stale when a type
// changes, not when a namespace does. [Elsewhere] finds the types that somebody has written by hand.
package envtypes

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// What a name can be beside a binding of one of wrangler's types.
const (
	variable wrangler.Type = "var"
	required wrangler.Type = "secret" // secrets.required names it
)

// Description is what a Worker finds in env.
type Description struct {
	Source       string // the configuration's name
	Command      string // makes the file again, beside the configuration
	Environments []Environment
}

// Environment is one environment that the Worker may run in.
type Environment struct {
	Name    string // "" is the top level
	Worker  string // the script's name
	Members []Member
}

// Member is one name in env.
type Member struct {
	Name string
	Kind wrangler.Type
	Type string // in TypeScript
	Note string // what the type leaves out, such as a class; "" for nothing
}

// Describe says what each of the environments, of one configuration, binds: bindings as the file has them, then variables, then
// the secrets that secrets.required names. Others are put by hand, and nobody knows their names.
//
// out is the path of the file that the types are for, "" if there is none: only from there can a class be imported.
func Describe(environments []*wrangler.Environment, command, out string) Description {
	d := Description{Command: command}
	for _, e := range environments {
		d.Source = filepath.Base(e.Config.Path)
		code := readMain(e, out)
		one := Environment{Name: e.Name, Worker: e.WorkerName()}
		for _, b := range e.Bindings {
			if name := b.Text(); name != "" && !one.has(name) {
				typ, note := typeOf(b, code)
				one.Members = append(one.Members, Member{Name: name, Kind: b.Type, Type: typ, Note: note})
			}
		}
		secrets := requiredSecrets(e)
		for _, v := range e.Vars {
			if !one.has(v.Name) && !slices.Contains(secrets, v.Name) {
				one.Members = append(one.Members, Member{Name: v.Name, Kind: variable, Type: literal(v.Name, v.Value)})
			}
		}
		for _, name := range secrets {
			if !one.has(name) {
				one.Members = append(one.Members, Member{Name: name, Kind: required, Type: "string"})
			}
		}
		d.Environments = append(d.Environments, one)
	}
	return d
}

func requiredSecrets(e *wrangler.Environment) []string {
	list := e.Value("secrets").Get("required")
	if !list.Is(syntax.Array) {
		return nil
	}
	var names []string
	for _, n := range list.Items {
		if name := n.Str(); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (e Environment) has(name string) bool { return e.member(name) != nil }

func (e Environment) member(name string) *Member {
	for i := range e.Members {
		if e.Members[i].Name == name {
			return &e.Members[i]
		}
	}
	return nil
}

// label is the environment in words, with its Worker.
func (e Environment) label() string {
	label := "the top level"
	if e.Name != "" {
		label = fmt.Sprintf("env %q", e.Name)
	}
	if e.Worker != "" {
		label += fmt.Sprintf(", Worker %q", e.Worker)
	}
	return oneLine(label)
}

// merged is a name over all environments.
type merged struct {
	Name    string
	Kinds   []wrangler.Type
	Types   []string // without repetitions
	Notes   []string
	Missing []string // the environments that do not have it
}

// all are the names of all environments, in the order in which they are first met.
func (d Description) all() []*merged {
	var all []*merged
	at := map[string]*merged{}
	for _, e := range d.Environments {
		for _, m := range e.Members {
			one := at[m.Name]
			if one == nil {
				one = &merged{Name: m.Name}
				at[m.Name], all = one, append(all, one)
			}
			one.Kinds = with(one.Kinds, m.Kind)
			one.Types = with(one.Types, m.Type)
			if m.Note != "" {
				one.Notes = with(one.Notes, m.Note)
			}
		}
	}
	for _, one := range all {
		for _, e := range d.Environments {
			if !e.has(one.Name) {
				one.Missing = append(one.Missing, cmp.Or(e.Name, "the top level"))
			}
		}
	}
	return all
}

func with[S ~[]E, E comparable](list S, one E) S {
	if slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}

// oneLine keeps text that a user chose within its comment.
func oneLine(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "*/", "* /")
}
