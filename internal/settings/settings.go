// Package settings reads bindery.toml, the optional file beside a wrangler
// configuration in which a team says what wrangler has no word for: the names of
// its accounts, which account each environment belongs to, which bindings are
// critical, and what a rehearsal may take to exist.
//
//	inventory = "accounts.json"        # what each account holds, for rehearse
//	critical = ["API_GATEWAY_STORAGE"] # bindings without which the Worker is broken; default: all
//	seal = false                       # apply gives namespaces no fingerprints; default: true
//
//	[accounts]                         # name = id (32 hex digits)
//	test       = "9f0c…"
//	production = "4b1d…"
//
//	[environments.production]          # an environment of the wrangler file
//	account  = "production"            # a name from [accounts], or an id
//	critical = ["API_GATEWAY_STORAGE"] # overrides the list above
//
//	[top-level]                        # the same for the top level
//	account = "test"
//
//	[rules]                            # severity of a rule: error, warning, info or off
//	kv-id-shared = "off"
//
// Start with [Load]. Unknown keys and wrong types are problems with a place, never ignored.
package settings

import "github.com/bindery-dev/bindery/internal/syntax"

// Name is the file's name.
const Name = "bindery.toml"

// Settings is a read bindery.toml; the zero value is that of a project without one.
type Settings struct {
	File         *syntax.File // nil without a file
	Problems     []Problem
	Inventory    string // path, made relative to the working directory the way File.Path is; "" if none
	Accounts     []Account
	Environments map[string]Environment // by environment name, "" for the top level
	Critical     []string
	Unsealed     bool              // seal = false: namespaces are given no fingerprints
	Rules        map[string]string // rule id → error, warning, info, off
}

// Problem is a mistake in the file, of syntax or sense. What it concerns is not in force.
type Problem struct {
	Span    syntax.Span
	Message string
	Help    string
	Meant   string // the word that should stand at Span, "" if nobody can tell
	Guess   bool   // Meant is a word of the team's own, so that another one may be meant
}

// Account is a named account.
type Account struct {
	Name, ID string
	Span     syntax.Span // of the id
}

// Environment is what the file says of one environment.
type Environment struct {
	Account  string // an account id, the name resolved; "" if not said
	At       syntax.Span
	Critical []string // nil if not said
}
