package workerd

import (
	"fmt"
	"strings"
	"time"
)

// ScriptError is code that does not start, in workerd's words with places.
type ScriptError struct {
	Worker string // its name in the Program
	Text   string // as "Uncaught Error: boom\n  at index.js:1:7"
	// TooMuch says that the start took more time or memory than it may.
	TooMuch bool
}

func (e *ScriptError) Error() string { return e.Text }

// StartError is a process that did not start for another reason than its code.
type StartError struct{ Text string }

func (e *StartError) Error() string { return "workerd did not start: " + e.Text }

// ExitError says why a process ended unasked.
type ExitError struct {
	Status string // as "exit status 1" or "signal: killed"
	Text   string // the last that it said; "" if nothing
	Killed bool   // for what it took of the machine: Text says what
}

func (e *ExitError) Error() string {
	if e.Killed {
		return "workerd was killed: " + e.Text
	}
	if e.Text == "" {
		return "workerd ended: " + e.Status
	}
	return fmt.Sprintf("workerd ended: %s: %s", e.Status, e.Text)
}

// ofService begins what workerd says of a Worker that does not start.
const ofService = "service "

// startError makes of what a process said before it ended whose fault it is. What tooOld says may be why.
func startError(p *Program, said, status, tooOld string) error {
	for _, w := range p.Workers {
		if text, ours := strings.CutPrefix(said, ofService+w.Name+": "); ours {
			return &ScriptError{Worker: w.Name, Text: text}
		}
	}
	if said == "" {
		said = status
	}
	if tooOld != "" {
		said += "; " + tooOld
	}
	return &StartError{Text: said}
}

// tooSlow blames the code: everything else about a start takes milliseconds.
func tooSlow(p *Program, limit time.Duration) error {
	if len(p.Workers) == 0 {
		return &StartError{Text: fmt.Sprintf("nothing listened after %s", limit)}
	}
	return &ScriptError{Worker: p.Workers[0].Name, Text: fmt.Sprintf("Script startup exceeded the time limit of %s.", limit), TooMuch: true}
}
