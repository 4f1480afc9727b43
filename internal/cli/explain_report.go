package cli

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/explain"
)

// explainJSON is what `explain --format json` prints.
type explainJSON struct {
	Version  int             `json:"version"`
	Failures []explanationOf `json:"failures"`
}

// explanationOf is a failure, explained.
type explanationOf struct {
	Code    int              `json:"code,omitempty"` // none if wrangler words it itself
	Known   bool             `json:"known"`
	Area    explain.Area     `json:"area"`
	Message string           `json:"message,omitempty"`
	Request string           `json:"request,omitempty"`
	Line    int              `json:"line,omitempty"` // of the log
	Means   string           `json:"means"`
	Causes  []string         `json:"causes"`
	Places  []explainedPlace `json:"places"`
	Cures   []string         `json:"cures"`
}

// explainedPlace is a line of the configuration that a failure is about.
type explainedPlace struct {
	Env     string `json:"env"` // "" is the top level
	Binding string `json:"binding,omitempty"`
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`

	at, label, text string
}

func newExplanation(f explain.Failure, e explain.Entry, known bool, cures []string) explanationOf {
	return explanationOf{f.Code, known, e.Area, f.Message, f.Request, f.Line, e.Means, e.Causes, []explainedPlace{}, cures}
}

func newExplainedPlace(p explain.Place) explainedPlace {
	file := p.Env.Config.File
	at := file.Position(p.Span.Start)
	line, _ := file.Line(at.Line)
	return explainedPlace{p.Env.Name, p.Binding, file.Path, at.Line, at.Column, place(file, p.Span), p.Env.Label(), line}
}

func printExplained(s *stream, all []explanationOf) error {
	p := &printer{w: s}
	if len(all) == 0 {
		p.line("no error of wrangler or of Cloudflare's API is in it")
	}
	for i, e := range all {
		if i > 0 {
			p.line("")
		}
		title := string(e.Area)
		if e.Code != 0 {
			title = fmt.Sprintf("%d, %s", e.Code, e.Area)
		}
		p.line("%s", s.strong(wrap(title+": ", e.Means)))
		if e.Message != "" {
			p.line("%s", wrap("  said:   ", e.Message))
		}
		for _, at := range e.Places {
			p.line("  here:   %s, %s", at.at, at.label)
			p.line("            %s", s.faint(at.text))
		}
		for n, cause := range e.Causes {
			p.line("%s", wrap(head("  causes: ", n), cause))
		}
		for n, cure := range e.Cures {
			p.line("%s%s", head("  to do:  ", n), cure)
		}
	}
	return p.err
}

// head is the first line's heading, and blanks for those after it.
func head(text string, n int) string {
	if n > 0 {
		return pad("", len(text))
	}
	return text
}
