package cli

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// stream is a place to print to that knows whether a person reads it.
type stream struct {
	io.Writer
	tty   bool
	color bool
}

func newStream(w io.Writer, getenv func(string) string) *stream {
	s := &stream{Writer: w}
	if f, ok := w.(*os.File); ok {
		s.tty = term.IsTerminal(int(f.Fd()))
	}
	s.color = s.wantsColor(getenv)
	return s
}

// wantsColor follows no-color.org and the CLICOLOR convention: NO_COLOR wins over
// CLICOLOR_FORCE, which wins over what the stream is.
func (s *stream) wantsColor(getenv func(string) string) bool {
	if getenv("NO_COLOR") != "" {
		return false
	}
	if force := getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return s.tty && getenv("TERM") != "dumb"
}

// Colours by meaning; each returns text unchanged on a stream without colour.
func (s *stream) good(text string) string   { return s.sgr("32", text) }
func (s *stream) bad(text string) string    { return s.sgr("31", text) }
func (s *stream) warn(text string) string   { return s.sgr("33", text) }
func (s *stream) faint(text string) string  { return s.sgr("2", text) }
func (s *stream) strong(text string) string { return s.sgr("1", text) }

func (s *stream) sgr(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// visible is the stream for text that quotes files: of what a terminal would obey it prints colours alone.
func (s *stream) visible() *stream {
	v := *s
	v.Writer = visibleWriter{s.Writer, s.color}
	return &v
}

type visibleWriter struct {
	io.Writer
	color bool
}

// control is a colour, a line end, or anything else that is not for reading.
var control = pattern.New(`\x1b\[[0-9;]*m|\n|\pC`)

func (w visibleWriter) Write(p []byte) (int, error) {
	_, err := w.Writer.Write(control.Regexp().ReplaceAllFunc(p, func(c []byte) []byte {
		if string(c) == "\n" || w.color && len(c) > 1 && c[0] == '\x1b' {
			return c
		}
		return []byte("\uFFFD")
	}))
	return len(p), err
}

const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

// colorFlag is the value of --color.
type colorFlag struct{ when string }

func (f *colorFlag) String() string { return f.when }
func (f *colorFlag) Type() string   { return "string" }
func (f *colorFlag) Set(v string) error {
	f.when = v
	return oneOf(v, colorAuto, colorAlways, colorNever)
}

// setColor lets --color overrule what the environment and the terminal say.
func (a *app) setColor(cmd *cobra.Command) error {
	switch cmd.Flag("color").Value.String() {
	case colorAlways:
		a.out.color, a.err.color = true, true
	case colorNever:
		a.out.color, a.err.color = false, false
	}
	return nil
}
