package explain

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Place is where a configuration names what a failure is about.
type Place struct {
	Env     *wrangler.Environment
	Span    syntax.Span
	Binding string // the name of the binding, "" if it is no binding
}

// names are what a message says in quotes, and ids and class names that older wordings leave bare.
var names = pattern.New("'([^']+)'|\"([^\"]+)\"|`([^`]+)`|\\b([0-9a-f]{32})\\b|class (\\w+) |entrypoint file: (\\w+)|not been set: (\\w+)")

// Names are the things that the failure's message names, in its order.
func (f Failure) Names() []string {
	var all []string
	for _, m := range names.Regexp().FindAllStringSubmatch(f.Message, 20) {
		name := strings.TrimSpace(strings.Join(m[1:], ""))
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// inPath are the account and the Worker that a request is about.
var inPath = pattern.New(`/accounts/([^/]+)(?:/workers/(?:scripts|services)/([^/]+))?`)

// Of returns those of the environments that the failed request was for, by its Worker and its account; all of them if it
// does not tell.
func (f Failure) Of(environments []*wrangler.Environment) []*wrangler.Environment {
	m := inPath.Regexp().FindStringSubmatch(f.Request)
	if m == nil {
		return environments
	}
	for _, fits := range []func(*wrangler.Environment) bool{
		func(e *wrangler.Environment) bool { return m[2] != "" && e.WorkerName() == m[2] },
		func(e *wrangler.Environment) bool { return e.AccountID.Str() == m[1] },
	} {
		var of []*wrangler.Environment
		for _, e := range environments {
			if fits(e) {
				of = append(of, e)
			}
		}
		if len(of) > 0 {
			environments = of
		}
	}
	return environments
}

// Places finds in the environments what the failure is about: the ids and bindings that its message names, else the key that
// it is about.
func (f Failure) Places(environments []*wrangler.Environment) []Place {
	e, _ := f.Entry()
	named := f.Names()
	environments = f.Of(environments)
	var all []Place
	add := func(p Place) {
		if !slices.ContainsFunc(all, func(q Place) bool { return q.Span == p.Span }) {
			all = append(all, p)
		}
	}
	for _, env := range environments {
		for _, b := range env.Bindings {
			if len(e.types) > 0 && !slices.Contains(e.types, b.Type) {
				continue
			}
			if n := mentioned(b, named); n != nil {
				add(Place{env, n.Span, b.Text()})
			}
		}
		for _, key := range e.keys {
			if n := find(env.Value(key), named); n != nil {
				add(Place{Env: env, Span: n.Span})
			}
		}
	}
	if len(all) > 0 {
		return all
	}
	for _, env := range environments {
		for _, key := range e.keys {
			if n := env.Value(key); n != nil {
				add(Place{Env: env, Span: n.Span})
			}
		}
	}
	return all
}

// mentioned is the value of a binding that a message names: of its resource rather than its own name.
func mentioned(b *wrangler.Binding, named []string) *syntax.Node {
	if r := b.Resource(); r.Is(syntax.String) && slices.Contains(named, r.Str()) {
		return r
	}
	if b.Name.Is(syntax.String) && slices.Contains(named, b.Text()) {
		if r := b.Resource(); r != nil && b.Type != wrangler.DurableObject {
			return r
		}
		return b.Name
	}
	return nil
}

// find is the first string below n that a message names.
func find(n *syntax.Node, named []string) *syntax.Node {
	switch {
	case n == nil:
		return nil
	case n.Is(syntax.String) && slices.Contains(named, n.Str()):
		return n
	}
	for _, item := range n.Items {
		if found := find(item, named); found != nil {
			return found
		}
	}
	for _, field := range n.Fields {
		if found := find(field.Value, named); found != nil {
			return found
		}
	}
	return nil
}

// Commands are the entry's cures as they are typed for an environment; nil is for none in particular. Subject is what a
// failure names, "" for nothing.
func (e Entry) Commands(subject string, env *wrangler.Environment) []string {
	var all []string
	for _, line := range e.Cures {
		if subject != "" {
			line = strings.ReplaceAll(line, "NAME", subject)
		}
		switch {
		case env == nil:
		case strings.HasPrefix(line, "wrangler ") && !accountWide(line):
			line = env.Command(line)
		case strings.HasPrefix(line, "bindery ") && plainName.MatchString(env.Name) && line != "bindery bindings":
			line += " --env " + env.Name
		}
		all = append(all, line)
	}
	return all
}

// accountWide says whether a command asks wrangler about itself or the login, and takes no environment.
func accountWide(line string) bool {
	return strings.HasPrefix(line, "wrangler whoami") || strings.HasSuffix(line, "--help") || strings.HasSuffix(line, "--version")
}

var plainName = pattern.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// Subject is what the failure names, given the binding that was found to be meant: the resource rather than the binding; ""
// for what is not there, or is no plain word for a shell.
func (f Failure) Subject(e Entry, binding string) string {
	named := slices.DeleteFunc(f.Names(), func(name string) bool { return !plainName.MatchString(name) })
	for _, name := range named {
		if name != binding && !strings.Contains(f.Message, "binding '"+name+"'") {
			return name
		}
	}
	switch {
	case len(named) > 0:
		return named[0]
	case e.Area == KV:
		return binding
	}
	return ""
}
