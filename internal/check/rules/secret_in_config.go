package rules

import (
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/secret"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// secret-in-config: a credential stands in the configuration, for everybody who can read the repository or look at the
// Worker in the dashboard. wrangler says nothing. One finding a credential, however often it is written down: it has to
// be replaced once.
var secretInConfig = &check.Rule{
	ID:       "secret-in-config",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a credential stands in the configuration",
	Explain:  explain("secret-in-config"),
	Unparsed: true,
	Ties: func(c *wrangler.Config) []string {
		var values []string
		for _, s := range secretsIn(c) {
			values = append(values, s.value)
		}
		return values
	},
	Project: func(p *check.Pass) {
		first := map[string]*check.Draft{}
		notes := map[string]int{}
		for _, c := range p.Project.Configs {
			for _, s := range secretsIn(c) {
				if found := first[s.value]; found == nil {
					first[s.value] = reportSecret(p, s)
				} else {
					found.Also(s.env)
					if notes[s.value]++; notes[s.value] <= shownPlaces {
						found.NoteIn(c.File, s.span, "and here")
					}
				}
			}
		}
	},
}

func reportSecret(p *check.Pass, s *placedSecret) *check.Draft {
	verb := "holds"
	if !s.what.Sure {
		verb = "looks like"
	}
	found := p.Of(s.env).Report(s.span, "%s %s %s", s.subject, verb, s.what.What).Label("readable for everyone who sees the file")
	if !s.what.Sure {
		found.Severity(check.Info).Help("if it is one, make a new one: this one stays in the repository's history; then take it out here and %s", s.cure)
		return found
	}
	return found.Help("make a new one, as this one stays in the repository's history; then take it out here and %s", s.cure)
}

// A placedSecret is a credential and where it was found.
type placedSecret struct {
	env     *wrangler.Environment
	span    syntax.Span // of the name it has, where it has one
	subject string      // `variable "API_KEY" in env "production"`
	what    secret.Credential
	value   string // never printed
	cure    string // where it belongs, as a clause
}

// secretsIn finds the credentials of a file: among variables and defines whatever looks like one, elsewhere, comments
// included, what has a published format.
func secretsIn(c *wrangler.Config) []*placedSecret {
	s := &secretSearch{env: c.Top}
	for _, field := range c.File.Root.Fields {
		if field.Name != "env" {
			s.field(field, nil)
		}
	}
	for _, s.env = range c.Envs {
		s.value(s.env.Node, nil, syntax.Span{}, nil)
	}
	s.env = c.Top
	s.comments(c.File)
	return s.found
}

// A secretSearch walks the tables of one environment after the other.
type secretSearch struct {
	env     *wrangler.Environment
	found   []*placedSecret
	strings []syntax.Span // all that were seen, see comments
}

func (s *secretSearch) field(f *syntax.Field, path []string) {
	s.value(f.Value, append(path, f.Name), f.NameAt, nil)
}

// value looks at n, which is found under path, whose memory the next value has again. span is what a finding points at; table is the one that n stands in.
func (s *secretSearch) value(n *syntax.Node, path []string, span syntax.Span, table *syntax.Node) {
	if n == nil {
		return
	}
	switch n.Kind {
	case syntax.String:
		s.strings = append(s.strings, n.Span)
		s.text(n, path, span, table)
	case syntax.Array:
		for _, item := range n.Items {
			s.value(item, path, item.Span, nil)
		}
	case syntax.Table:
		if n.Get("kty") != nil && len(n.Get("d").Str()) >= shortestJWK {
			s.add(path, span, nil, secret.Credential{What: "a private key (JWK)", Sure: true}, n.Get("d").Text)
		}
		for _, f := range n.Fields {
			s.value(f.Value, append(path, f.Name), f.NameAt, n)
		}
	}
}

// shortestJWK is the length of an Ed25519 key, the smallest there is, in base 64.
const shortestJWK = 43

func (s *secretSearch) text(n *syntax.Node, path []string, span syntax.Span, table *syntax.Node) {
	kind, names := variableIn(path)
	name := strings.Join(names, "_")
	if kind == "" && len(path) > 0 {
		name = path[len(path)-1]
	}
	if what, ok := secret.Of(name, n.Text); ok && (what.Sure || kind != "") {
		s.add(path, span, table, what, n.Text)
	}
}

func (s *secretSearch) add(path []string, span syntax.Span, table *syntax.Node, what secret.Credential, value string) {
	found := &placedSecret{env: s.env, span: span, what: what, value: value}
	kind, names := variableIn(path)
	switch {
	case kind == "vars":
		found.subject = fmt.Sprintf("variable %q %s", strings.Join(names, "."), at(s.env))
		found.cure = fmt.Sprintf("hand it over with `%s`; for `wrangler dev` it belongs in .dev.vars", putSecret(s.env, names[0]))
	case kind == "define":
		found.subject = fmt.Sprintf("define %q %s", strings.Join(names, "."), at(s.env))
		found.cure = "read it from env at run time: what is defined stands in the deployed code"
	case len(path) > 0 && path[len(path)-1] == "localConnectionString":
		found.subject = fmt.Sprintf("localConnectionString of Hyperdrive %q %s", table.Get("binding").Str(), at(s.env))
		found.cure = "set CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_" + table.Get("binding").Str() + " where `wrangler dev` runs"
	default:
		found.subject = fmt.Sprintf("%q %s", clip(strings.Join(path, ".")), at(s.env))
		found.cure = "keep it out of every file that is committed"
	}
	s.found = append(s.found, found)
}

// variableIn says which of vars and define a path leads into, and what follows.
func variableIn(path []string) (kind string, names []string) {
	for i, key := range path[:max(0, len(path)-1)] {
		if key == "vars" || key == "define" {
			return key, path[i+1:]
		}
	}
	return "", nil
}

// putSecret is the command for a secret of that name.
func putSecret(env *wrangler.Environment, name string) string {
	if !bareKey.MatchString(name) {
		name = "NAME"
	}
	if env.Config.Pages {
		return env.Command("wrangler pages secret put " + name)
	}
	return env.Command("wrangler secret put " + name)
}
