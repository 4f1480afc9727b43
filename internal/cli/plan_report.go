package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/bindery-dev/bindery/internal/deploy"
)

// print shows a plan to a person: who, where, against what, and what would change.
func (r *planReport) print(s *stream) error {
	s = s.visible()
	p := &printer{w: s}
	p.line("Plan for %s of %s", s.strong(label(r.Environment)), r.Configuration)
	p.line("  token    %s", r.who())
	for _, line := range r.permissions() {
		p.line("           %s", line)
	}
	p.line("  account  %s, from %s; %s", accountText(r.Account), r.Account.From, lockText(s, r.Account.Agreement))
	p.line("  Worker   %s, %s", cmp.Or(r.Worker.Name, "without a name"), r.workerState())
	p.line("")
	width := 0
	for _, b := range r.Bindings {
		width = max(width, len(b.Name))
	}
	for _, b := range r.Bindings {
		p.line("  %-*s  %s", width, b.Name, bindingText(s, b))
		if text := elsewhereText(b); text != "" {
			p.line("  %-*s  %s", width, "", s.faint(text))
		}
	}
	if len(r.Changes) > 0 {
		p.line("\nA deploy would")
		for _, c := range r.Changes {
			p.line("  %s %s", verbMark(s, c.Verb), plannedText(c))
		}
	}
	for _, o := range r.Problems {
		mark := s.warn("warning")
		if o.Error {
			mark = s.bad("error")
		}
		p.line("\n%s: %s%s", mark, o.Message, codeText(o.Code))
		if o.Place != "" {
			p.line("  at %s", o.Place)
		}
		if o.Help != "" {
			p.line("  → %s", o.Help)
		}
	}
	p.line("\n%s  %s", r.verdict(s), r.summary())
	return p.err
}

func (r *planReport) verdict(s *stream) string {
	if r.Failed() {
		return s.bad("FAIL")
	}
	return s.good("PASS")
}

// summary is the last line.
func (r *planReport) summary() string {
	errors := 0
	for _, o := range r.Problems {
		if o.Error {
			errors++
		}
	}
	switch {
	case errors > 0:
		return fmt.Sprintf("%s should not be deployed to %s: %s", label(r.Environment), accountText(r.Account), plural(errors, "thing is wrong", "things are wrong"))
	case len(r.Changes) == 0:
		return fmt.Sprintf("a deploy of %s to %s changes the code only", label(r.Environment), accountText(r.Account))
	}
	return fmt.Sprintf("a deploy of %s to %s makes %s", label(r.Environment), accountText(r.Account), plural(len(r.Changes), "change beside the code", "changes beside the code"))
}

func (r *planReport) who() string {
	text := "of a user"
	if r.Token.Owner == "account" {
		text = "of the account"
	}
	if r.Token.Expires != nil {
		text += ", until " + r.Token.Expires.Format("2006-01-02")
	}
	return text + ", sees " + cmp.Or(strings.Join(r.Token.Accounts, ", "), "no list of accounts")
}

// permissions says what the token lacks and has too much, a line each.
func (r *planReport) permissions() (lines []string) {
	t := r.Token
	if t.Permissions == nil {
		lines = append(lines, `what it may do is not told: it takes "API Tokens Read" to read itself`)
	}
	if len(t.Missing) > 0 {
		lines = append(lines, "missing for a deploy: "+strings.Join(t.Missing, ", "))
	}
	var more []string
	for _, name := range t.OtherAccounts {
		more = append(more, "account "+name)
	}
	if more = append(more, t.Superfluous...); len(more) > 0 {
		lines = append(lines, "more than this environment takes: "+strings.Join(more, ", "))
	}
	return lines
}

func (r *planReport) workerState() string {
	if r.Worker.Deployed {
		return "deployed"
	}
	return "not deployed yet: the deploy makes it"
}

func accountText(a deploy.PlannedAccount) string {
	return nameAndID(deploy.Account{ID: a.ID, Name: a.Name})
}

func lockText(s *stream, a deploy.Agreement) string {
	switch a {
	case deploy.Agrees:
		return s.good("as locked")
	case deploy.Differs:
		return s.bad("not as locked")
	}
	return s.warn("not locked")
}

func bindingText(s *stream, b deploy.PlannedBinding) string {
	what := b.Type
	for _, part := range []string{b.ID, quotedTitle(b.Title)} {
		if part != "" {
			what += " " + part
		}
	}
	if b.State == deploy.Local {
		return what
	}
	text := what + ", " + stateText(s, b.State) + ", " + lockText(s, b.Agreement)
	if b.Fingerprint != "" {
		text += ", " + b.Fingerprint
	}
	return text
}

func stateText(s *stream, state deploy.State) string {
	switch state {
	case deploy.Exists:
		return s.good(string(state))
	case deploy.Create, deploy.Assumed:
		return s.warn(string(state))
	}
	return s.bad(string(state))
}

func quotedTitle(title string) string {
	if title == "" {
		return ""
	}
	return fmt.Sprintf("%q", title)
}

// elsewhereText says what the same name is in the other environments.
func elsewhereText(b deploy.PlannedBinding) string {
	var parts []string
	for _, e := range b.Elsewhere {
		switch {
		case !e.Bound:
			parts = append(parts, label(e.Environment)+" does not bind it")
		case e.Same:
			parts = append(parts, label(e.Environment)+" has the same")
		default:
			parts = append(parts, label(e.Environment)+" has "+cmp.Or(e.Resource, "one of its own"))
		}
	}
	return strings.Join(parts, "; ")
}

func verbMark(s *stream, v deploy.Verb) string {
	switch v {
	case deploy.Drop:
		return s.bad("-")
	case deploy.Rebind:
		return s.warn("~")
	}
	return s.good("+")
}

func plannedText(c deploy.PlannedChange) string {
	switch c.Verb {
	case deploy.Make:
		if c.Binding == "" {
			return fmt.Sprintf("create Worker %q", c.Is)
		}
		return fmt.Sprintf("create %s %q for %s", c.Type, c.Is, c.Binding)
	case deploy.Bind:
		return fmt.Sprintf("bind %s to %s %s", c.Binding, c.Type, c.Is)
	case deploy.Rebind:
		return fmt.Sprintf("bind %s to %s %s, no longer to %s", c.Binding, c.Type, c.Is, c.Was)
	}
	return fmt.Sprintf("drop %s, which the live Worker has (%s)", c.Binding, strings.TrimSpace(c.Type+" "+c.Was))
}

func codeText(code int) string {
	if code == 0 {
		return ""
	}
	return fmt.Sprintf(" [code: %d]", code)
}

// printMarkdown is the plan as a comment on a pull request.
func (r *planReport) printMarkdown(w io.Writer) error {
	p := &printer{w: w}
	p.line("### Plan for %s of `%s`: %s\n", label(r.Environment), r.Configuration, map[bool]string{true: "**FAIL**", false: "PASS"}[r.Failed()])
	p.line("%s.\n", upperFirst(r.summary()))
	p.line("| | |\n|---|---|")
	p.line("| token | %s |", cell(strings.Join(append([]string{r.who()}, r.permissions()...), "; ")))
	p.line("| account | %s, from %s; %s |", cell(accountText(r.Account)), cell(r.Account.From), agreementText(r.Account.Agreement))
	p.line("| Worker | %s, %s |", cell(r.Worker.Name), r.workerState())
	p.line("\n| binding | type | resource | state | lock | elsewhere |\n|---|---|---|---|---|---|")
	for _, b := range r.Bindings {
		p.line("| `%s` | %s | %s | %s | %s | %s |", b.Name, b.Type, cell(strings.TrimSpace(b.ID+" "+quotedTitle(b.Title))), b.State, agreementText(b.Agreement), cell(elsewhereText(b)))
	}
	if len(r.Changes) > 0 {
		p.line("\nA deploy would\n")
		for _, c := range r.Changes {
			p.line("- %s", plannedText(c))
		}
	}
	if len(r.Problems) > 0 {
		p.line("")
	}
	for _, o := range r.Problems {
		p.line("- %s: %s%s%s", map[bool]string{true: "**error**", false: "warning"}[o.Error], o.Message, codeText(o.Code), prefixed("; ", o.Help))
	}
	return p.err
}

func agreementText(a deploy.Agreement) string {
	return lockText(&stream{}, a)
}

// cell keeps a text within its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

func upperFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
