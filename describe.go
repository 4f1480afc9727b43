package bindery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Binding is what one binding of an environment is.
type Binding struct {
	Name string
	// Kind is its type as a Worker names it: KVNamespace, R2Bucket, D1Database, …; "" for a name that bindery.toml calls critical and
	// that nothing binds.
	Kind string
	// Resource is what it leads to: of a KV namespace its id and title, of others what the configuration says; never a value.
	Resource string
	// Critical: bindery.toml calls it so, or says nothing of what is critical.
	Critical bool
	// Checked: somebody looked whether it is there. Only KV namespaces are.
	Checked bool
	// Err says why it leads nowhere; nil if it does not, or nobody looked.
	Err error
}

// String is the binding in a line.
func (b Binding) String() string {
	words := []string{b.Name}
	for _, word := range []string{b.Kind, b.Resource} {
		if word != "" {
			words = append(words, word)
		}
	}
	switch {
	case b.Err != nil:
		words = append(words, "leads nowhere:", b.Err.Error())
	case !b.Checked:
		words = append(words, "(declared)")
	}
	return strings.Join(words, " ")
}

// Describe says where each binding leads, in the order of the configuration, for the first lines of a service's log. It asks the account for
// its namespaces, in one request; what went wrong is in the bindings. Variables and secrets are left out.
func (e *Environment) Describe(ctx context.Context) []Binding {
	titles, err := e.place.titles(ctx)
	var all []Binding
	for _, b := range e.env.Bindings {
		one := Binding{Name: b.Text(), Kind: b.RuntimeKind(), Critical: e.critical(b.Text())}
		if r := b.Resource(); r != nil {
			one.Resource = r.Str()
		}
		if b.Type == wrangler.KVNamespace {
			one.Checked = true
			one.Resource, one.Err = e.look(b, titles, err)
		}
		all = append(all, one)
	}
	for _, name := range e.lost() {
		all = append(all, Binding{Name: name, Critical: true, Checked: true, Err: fmt.Errorf("critical in bindery.toml, but %w", ErrNotBound)})
	}
	return all
}

// look says which namespace a KV binding leads to, given the titles of those that are there, or why there are none.
func (e *Environment) look(b *wrangler.Binding, titles map[string]string, unanswered error) (resource string, err error) {
	id, err := e.namespaceID(b)
	if err == nil {
		err = unanswered
	}
	if err != nil || titles == nil {
		return id, err
	}
	title, there := titles[id]
	if !there {
		return id, fmt.Errorf("account %s: %w", e.place.account(), ErrNamespaceNotFound)
	}
	return fmt.Sprintf("%s %q", id, title), nil
}

// critical says whether the service is broken without this binding.
func (e *Environment) critical(binding string) bool {
	names := e.settings.CriticalFor(e.env.Name)
	return names == nil || slices.Contains(names, binding)
}

// lost are the names that bindery.toml calls critical and that the environment does not bind at all.
func (e *Environment) lost() []string {
	return slices.DeleteFunc(slices.Clone(e.settings.CriticalFor(e.env.Name)), func(name string) bool {
		return slices.ContainsFunc(e.env.Bindings, func(b *wrangler.Binding) bool { return b.Text() == name }) ||
			slices.ContainsFunc(e.env.Vars, func(v wrangler.Var) bool { return v.Name == name })
	})
}
