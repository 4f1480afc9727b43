package cli

import (
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// proseWidth is where long sentences break, in terminal cells.
const proseWidth = 100

// wrap breaks text into lines of about proseWidth cells. The first begins with
// prefix, the others are indented as far. An assignment stays in one piece, to be copied.
func wrap(prefix, text string) string {
	const glue = "\x00"
	indent := strings.Repeat(" ", syntax.Width(prefix))
	line := prefix
	var lines []string
	for i, word := range strings.Fields(strings.ReplaceAll(text, " = ", glue+"="+glue)) {
		word = strings.ReplaceAll(word, glue, " ")
		if i > 0 && syntax.Width(line)+1+syntax.Width(word) > proseWidth {
			lines = append(lines, line)
			line = indent + word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}

// pad fills text up with blanks to width terminal cells.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-syntax.Width(text)))
}

// plural counts things in words: "no bindings", "1 binding", "2 bindings".
func plural(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + many
	case 1:
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// indented puts prefix before every line of text but empty ones.
func indented(prefix, text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = prefix + l
		}
	}
	return strings.Join(lines, "\n")
}
