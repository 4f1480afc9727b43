package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// explanation is a rule as `check --explain RULE --format json` prints it.
type explanation struct {
	Version  int    `json:"version"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // the default
	Since    string `json:"since"`
	Summary  string `json:"summary"`
	Page     string `json:"page"` // Markdown
}

// printRule prints the page of a rule.
func (o *checkOptions) printRule() error {
	all := rules.All()
	i := slices.IndexFunc(all, func(r *check.Rule) bool { return r.ID == o.explain })
	if i < 0 {
		return noRule(o.explain)
	}
	rule := all[i]
	var err error
	switch o.format.name {
	case formatText:
		_, err = fmt.Fprintln(o.out, strings.TrimSpace(rule.Explain()))
	case formatJSON:
		err = writeJSON(o.out, explanation{1, rule.ID, rule.Severity.String(), rule.Since, rule.Summary, rule.Explain()})
	default:
		return usagef("--explain prints text or json, not %s", o.format.name)
	}
	if err != nil {
		return fmt.Errorf("print the rule: %w", err)
	}
	return nil
}

// noRule answers an id that no rule has: with the nearest, or with all in whose id the word is.
func noRule(id string) error {
	e := usagef("there is no rule %q", id)
	word := strings.ToLower(strings.TrimSpace(id))
	if near, ok := syntax.Nearest(word, ruleIDs()); ok {
		return e.hint("did you mean %s?", near)
	}
	candidates := ruleIDs()
	if with := slices.DeleteFunc(ruleIDs(), func(rule string) bool { return !strings.Contains(rule, word) }); len(with) > 0 {
		candidates = with
	}
	return e.hint("one of: %s", strings.Join(candidates, ", "))
}

func ruleIDs() []string {
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	return ids
}
