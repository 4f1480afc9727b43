// Package lock reads, compares and writes bindery.lock, the file beside a wrangler
// configuration in which a team has agreed which account each environment belongs to, and
// which resource each binding is:
//
//	version = 1
//
//	[env.production]
//	account_id = "4b1d0f6c2a7e49d38c5b6f1e0a9d7c32"
//	account_name = "Example Production"
//	worker = "api-gateway"
//
//	[env.production.bindings.API_GATEWAY_STORAGE]
//	type = "kv_namespace"
//	id = "70d34c1e5b8f4a6d9e2c7b0a1f3d5e68"
//	title = "api-gateway-production"
//	fingerprint = "sha256:…"
//
// It is TOML; the top level of a configuration stands under [top-level]. Start with [Parse];
// [Compare] says what differs, and [File.Write] renders another state in the same order each time, with
// the comments that people have put in.
package lock

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// Version is the form of the file that this package writes, and the newest that it reads.
const Version = 1

// Path is where the lock of a configuration lies: bindery.lock in its folder, or bindery.NAME.lock
// for a wrangler.NAME.toml (or wrangler-NAME.toml), of which there may be several.
func Path(configuration string) string {
	base := filepath.Base(configuration)
	name := strings.TrimPrefix(strings.TrimSuffix(base, filepath.Ext(base)), "wrangler")
	if name = strings.Trim(name, ".-"); name != "" {
		name = "." + name
	}
	return filepath.Join(filepath.Dir(configuration), "bindery"+name+".lock")
}

// File is a lock that was read; the zero value is that of a project without one.
type File struct {
	Source       *syntax.File   // nil without a file
	Environments []*Environment // by name, the top level first
}

// Environment is what was agreed of one environment.
type Environment struct {
	Name      string // "" is the top level
	AccountID string
	Account   string // the account's name, "" if nobody knew it
	Worker    string // the script's name
	Bindings  []Binding
	At        syntax.Span // of account_id, or of the table's name
}

// Binding is what was agreed of one binding.
type Binding struct {
	Name string
	Type string // in the words of the upload API: kv_namespace, r2_bucket, d1, …
	// ID and Title say which resource it is: of a KV namespace or a database both, of what has only a name, such
	// as a bucket, a queue or a class, the Title.
	ID, Title string
	// Fingerprint is the digest of the record that the namespace holds of itself; "" if it was never sealed.
	Fingerprint string
	At          syntax.Span // of the id, else the title, else the name
}

// Environment returns what was agreed of an environment, nil for nothing.
func (f *File) Environment(name string) *Environment {
	for _, e := range f.Environments {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Binding returns what was agreed of a binding, nil for nothing. e may be nil.
func (e *Environment) Binding(name string) *Binding {
	if e == nil {
		return nil
	}
	for i := range e.Bindings {
		if e.Bindings[i].Name == name {
			return &e.Bindings[i]
		}
	}
	return nil
}

// With returns the environments of f with e in the place of what was agreed of the
// environment of its name.
func (f *File) With(e *Environment) []*Environment {
	all := slices.DeleteFunc(slices.Clone(f.Environments), func(o *Environment) bool { return o.Name == e.Name })
	return append(all, e)
}

// sorted are the environments as the file has them, the bindings of each by name.
func sorted(environments []*Environment) []*Environment {
	all := make([]*Environment, len(environments))
	for i, e := range environments {
		one := *e
		one.Bindings = slices.Clone(e.Bindings)
		slices.SortFunc(one.Bindings, func(a, b Binding) int { return cmp.Compare(a.Name, b.Name) })
		all[i] = &one
	}
	slices.SortFunc(all, func(a, b *Environment) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
