// Package pattern holds regular expressions that are compiled when something is first compared with them. A process that
// compiles all of bindery's as it starts takes 1.7 MB and 5 ms more, and needs few of them.
package pattern

import (
	"regexp"
	"sync"
)

// A Pattern is a regular expression, safe for concurrent use.
type Pattern struct {
	expr    string
	compile func() *regexp.Regexp
}

// New returns the pattern of an expression in the syntax of package regexp. A mistake in it panics at the first use; a test
// compiles all that stand in the code.
func New(expr string) *Pattern {
	return &Pattern{expr: expr, compile: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
}

// Regexp is the pattern, compiled.
func (p *Pattern) Regexp() *regexp.Regexp { return p.compile() }

// String is the expression.
func (p *Pattern) String() string { return p.expr }

// MatchString says whether text contains a match.
func (p *Pattern) MatchString(text string) bool { return p.compile().MatchString(text) }

// Match says whether text contains a match.
func (p *Pattern) Match(text []byte) bool { return p.compile().Match(text) }
