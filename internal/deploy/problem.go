package deploy

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// Place is where something is said: at a span of a file, or, without a file, in Source, such as
// "--account production=4b1d…" or "CLOUDFLARE_ACCOUNT_ID".
type Place struct {
	File   *syntax.File
	Span   syntax.Span
	Source string
}

// String is the place as path:line:column, or Source.
func (p Place) String() string {
	if p.File == nil {
		return p.Source
	}
	at := p.File.Position(p.Span.Start)
	return fmt.Sprintf("%s:%d:%d", p.File.Path, at.Line, at.Column)
}

// Problem is a mistake in what was given: an inventory file, a flag, an account id.
type Problem struct {
	Place   Place
	Message string // one clause, lower case, no final stop
	Help    string
	Notes   []Note // "first named here"
}

// Note is a second place that explains a Problem.
type Note struct {
	Place   Place
	Message string
}

func (p *Problem) Error() string {
	s := fmt.Sprintf("%v: %s", p.Place, p.Message)
	for _, n := range p.Notes {
		s += fmt.Sprintf(" (%v: %s)", n.Place, n.Message)
	}
	return s
}

// Hint says what to do.
func (p *Problem) Hint() string { return p.Help }
