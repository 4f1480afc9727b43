package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// Keys of the file.
const (
	keyVersion     = "version"
	keyTop         = "top-level"
	keyEnv         = "env"
	keyAccount     = "account_id"
	keyAccountName = "account_name"
	keyWorker      = "worker"
	keyBindings    = "bindings"
	keyType        = "type"
	keyID          = "id"
	keyTitle       = "title"
	keyFingerprint = "fingerprint"
)

// Problem is a mistake in the file. With one, nothing of the file is to be relied on: what it
// fails to say would pass for what nobody agreed to.
type Problem struct {
	Span    syntax.Span
	Message string // one clause, lower case, no final stop
	Help    string
}

// Parse reads src as the lock at path. It returns what could be read, and every mistake.
func Parse(path string, src []byte) (*File, []Problem) {
	r := &reader{file: syntax.ParseAs(syntax.TOML, path, src)}
	f := &File{Source: r.file}
	if at := strings.Index("\n"+string(src), "\n<<<<<<< "); at >= 0 {
		r.problem(syntax.Span{Start: at, End: at + 7}, "the file has the marks of a merge that was not finished",
			"take either side, then let `bindery lock` write what the accounts say")
		return f, r.problems
	}
	for _, e := range r.file.Errors {
		r.problem(e.Span, e.Message, e.Help)
	}
	root := r.file.Root
	if v := root.Get(keyVersion); v == nil && len(r.problems) == 0 {
		r.problem(root.Span, "the file does not say its version", fmt.Sprintf("write version = %d at its top", Version))
	} else if v != nil && (!v.Is(syntax.Integer) || v.Number != Version) {
		r.problem(v.Span, fmt.Sprintf("version %s of the file is not one that this bindery reads", r.file.Slice(v.Span)),
			fmt.Sprintf("it reads version %d: a newer bindery wrote the file, or somebody changed it", Version))
		return f, r.problems
	}
	r.only(root, keyVersion, keyTop, keyEnv)
	if top := root.Field(keyTop); top != nil {
		f.Environments = append(f.Environments, r.environment("", top))
	}
	if envs := root.Get(keyEnv); r.table(envs, keyEnv) {
		for _, field := range envs.Fields {
			f.Environments = append(f.Environments, r.environment(field.Name, field))
		}
	}
	f.Environments = sorted(f.Environments)
	return f, r.problems
}

type reader struct {
	file     *syntax.File
	problems []Problem
}

func (r *reader) problem(at syntax.Span, message, help string) {
	r.problems = append(r.problems, Problem{at, message, help})
}

// table says whether n is a table; it is a mistake if it is anything else.
func (r *reader) table(n *syntax.Node, name string) bool {
	if n != nil && !n.Is(syntax.Table) {
		r.problem(n.Span, fmt.Sprintf("%s is %v, where a table is expected", name, n.Kind), "")
	}
	return n.Is(syntax.Table)
}

func (r *reader) only(n *syntax.Node, known ...string) {
	for _, f := range n.Fields {
		if slices.Contains(known, f.Name) {
			continue
		}
		help := "known are " + strings.Join(known, ", ")
		if near, ok := syntax.Nearest(f.Name, known); ok {
			help = fmt.Sprintf("did you mean %q?", near)
		}
		r.problem(f.NameAt, fmt.Sprintf("unknown key %q", f.Name), help)
	}
}

// text returns the string under a key; "" if there is none.
func (r *reader) text(n *syntax.Node, key string) string {
	v := n.Get(key)
	if v != nil && v.Str() == "" {
		r.problem(v.Span, key+" is no text, or empty", "")
	}
	return v.Str()
}

var accountID = pattern.New(`^[0-9a-f]{32}$`)

func (r *reader) environment(name string, field *syntax.Field) *Environment {
	e := &Environment{Name: name, At: field.NameAt}
	n := field.Value
	if !r.table(n, field.Name) {
		return e
	}
	r.only(n, keyAccount, keyAccountName, keyWorker, keyBindings)
	e.AccountID, e.Account, e.Worker = r.text(n, keyAccount), r.text(n, keyAccountName), r.text(n, keyWorker)
	switch id := n.Get(keyAccount); {
	case id == nil:
		r.problem(field.NameAt, fmt.Sprintf("%s has no %s", field.Name, keyAccount), "`bindery lock` writes it")
	case !accountID.MatchString(id.Str()):
		e.At = id.Span
		r.problem(id.Span, fmt.Sprintf("%s is no account id", r.file.Slice(id.Span)), "an account id has 32 lower-case hex digits")
	default:
		e.At = id.Span
	}
	if bindings := n.Get(keyBindings); r.table(bindings, keyBindings) {
		for _, b := range bindings.Fields {
			e.Bindings = append(e.Bindings, r.binding(b))
		}
	}
	return e
}

func (r *reader) binding(field *syntax.Field) Binding {
	b := Binding{Name: field.Name, At: field.NameAt}
	n := field.Value
	if !r.table(n, field.Name) {
		return b
	}
	r.only(n, keyType, keyID, keyTitle, keyFingerprint)
	b.Type, b.ID, b.Title, b.Fingerprint = r.text(n, keyType), r.text(n, keyID), r.text(n, keyTitle), r.text(n, keyFingerprint)
	if b.Type == "" && n.Get(keyType) == nil {
		r.problem(field.NameAt, field.Name+" has no "+keyType, "`bindery lock` writes it")
	}
	for _, key := range []string{keyID, keyTitle} {
		if v := n.Get(key); v != nil {
			b.At = v.Span
			break
		}
	}
	return b
}
