// Package seed reads files that declare what namespaces are to hold, and says what has to change so that they do.
//
// Start with [Read], which takes YAML, TOML or JSON, all of one shape (docs/data.md describes it), and returns the keys
// of each binding for one environment; or [Errors], each with file, line and column, and then nothing is to be written.
// [Binding.Plan] compares them with a namespace: what holds already what it should is never written again.
//
// All of a seed is in memory. Values are in no message.
package seed

import (
	"fmt"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Seed is what files declare for one environment.
type Seed struct {
	Bindings []*Binding // in the order in which the files name them
}

// Binding is what the namespace of one KV binding is to hold.
type Binding struct {
	Name string
	At   Place
	Owns []string // prefixes under which all keys are the seed's: others there are extra
	Keys []Key    // in byte order
}

// Key is one key that a seed knows.
type Key struct {
	kv.Pair               // Expiration only if it is absolute
	TTL     time.Duration // from when it is written; 0 for none
	Remove  bool          // it is not to be there
	At      Place
}

// Place is where something stands in a file. Line and Column count from 1, and Column counts characters.
type Place struct {
	Path         string
	Line, Column int
}

func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column) }

// Error is one mistake in a seed.
type Error struct {
	Place
	Message string // one clause, lower case, no final stop
	Help    string // what to do; may be empty
}

func (e *Error) Error() string { return e.Place.String() + ": " + e.Message }

// Errors are all mistakes that were found, in the order of the files.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Options of Read.
type Options struct {
	Environment string // whose overlay counts; "" is the top level, which has none
	// Environments are those that are declared, so that an overlay for another one is found; nil if nobody knows.
	Environments []string
}
