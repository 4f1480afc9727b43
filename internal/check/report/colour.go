package report

import "github.com/bindery-dev/bindery/internal/check"

// A paint puts a text into colour, or leaves it.
type paint func(string) string

// A palette has a paint for each meaning.
type palette struct {
	severity                          map[check.Severity]paint
	place, message, note, help, faint paint
}

func asIs(text string) string { return text }

func sgr(code string) paint {
	return func(text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }
}

var (
	plain = palette{
		severity: map[check.Severity]paint{check.Error: asIs, check.Warning: asIs, check.Info: asIs},
		place:    asIs, message: asIs, note: asIs, help: asIs, faint: asIs,
	}
	ansi = palette{
		severity: map[check.Severity]paint{check.Error: sgr("1;31"), check.Warning: sgr("1;33"), check.Info: sgr("1;34")},
		place:    sgr("1"), message: sgr("1"), note: sgr("34"), help: sgr("32"), faint: sgr("2"),
	}
)
