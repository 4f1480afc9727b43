package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// printVerdicts lists every binding with what the account would say of it; for one
// that it would refuse also its words, the place and the cure.
func (r *rehearsal) printVerdicts(s *stream) {
	fmt.Fprintf(s, "\n%s\n", s.strong("resources, as the account would judge them at upload"))
	if len(r.verdicts)+len(r.unbound) == 0 {
		fmt.Fprintln(s, "  the environment has no bindings")
	}
	name, kind := 0, 0
	for _, v := range r.verdicts {
		name = max(name, syntax.Width(v.Binding.Text()))
		kind = max(kind, syntax.Width(kindPhrase(v.Binding.Type)))
	}
	for _, v := range r.verdicts {
		fmt.Fprintf(s, "  %s %s  %s  %s\n", verdictMark(s, v), pad(v.Binding.Text(), name), pad(kindPhrase(v.Binding.Type), kind), verdictText(v))
		if v.Refused() {
			fmt.Fprintf(s, "      %s: %s [code: %d]\n", place(r.config.File, v.Span), v.Message, v.Code)
		}
		if v.Help != "" && !createdByMigration(v) {
			fmt.Fprintln(s, wrap("      → ", v.Help))
		}
	}
	for _, u := range r.unbound {
		fmt.Fprintf(s, "  %s %s  is not bound, though %s calls it critical\n", s.bad("✗"), pad(u.name, name), r.env.settings.File.Path)
		fmt.Fprintln(s, wrap("      → ", r.bindAdvice(u)))
	}
}

// bindAdvice is the cure of a binding that is missing altogether.
func (r *rehearsal) bindAdvice(u unbound) string {
	advice := "bind it " + r.where()
	switch {
	case r.env.Name != "":
		advice += " itself, as bindings of the top level are not inherited"
	case len(r.config.Envs) > 0:
		advice = "name the environment that is meant with --env, or " + advice
	}
	if u.meant != nil {
		advice += fmt.Sprintf("; account %s holds %q, which looks meant: id = %q", nameOrID(r.account), u.meant.Name, u.meant.ID)
	}
	return advice
}

// where is the environment in a sentence.
func (r *rehearsal) where() string {
	if r.env.Name == "" {
		return "at the top level"
	}
	return "in " + r.env.Label()
}

func verdictMark(s *stream, v deploy.Verdict) string {
	switch {
	case v.Refused():
		return s.bad("✗")
	case v.State == deploy.Exists:
		return s.good("✓")
	case v.State == deploy.Create:
		return s.warn("+")
	case v.State == deploy.Assumed:
		return s.warn("?")
	}
	return s.faint("·")
}

// verdictText says in a few words what the binding's resource is and how it stands.
func verdictText(v deploy.Verdict) string {
	what := v.Resource.ID
	if v.Resource.Name != "" {
		what = strings.TrimSpace(fmt.Sprintf("%s %q", what, v.Resource.Name))
	}
	switch {
	case v.State == deploy.Local && v.Resource == deploy.Resource{}:
		return "needs no resource of the account"
	case v.State == deploy.Local:
		return what + " is not looked up"
	case v.State == deploy.Exists:
		return what + " is there"
	case v.Refused():
		return what + " is refused"
	case createdByMigration(v):
		return what + ": " + v.Help
	case v.State == deploy.Create:
		return what + " would be created"
	}
	return what + " is assumed to be there"
}

// createdByMigration: the class of a Durable Object, whose help is short enough for the line.
func createdByMigration(v deploy.Verdict) bool {
	return v.State == deploy.Create && v.Binding.Type == wrangler.DurableObject && !v.Refused()
}

// judged says whether the verdicts explain already why a binding cannot be proven.
func (r *rehearsal) judged(binding string) bool {
	return slices.ContainsFunc(r.unbound, func(u unbound) bool { return u.name == binding }) ||
		slices.ContainsFunc(r.refused(), func(v deploy.Verdict) bool { return v.Binding.Text() == binding })
}

// first is where a tired person begins: at what the account would refuse, as
// nothing is deployed before that is cured.
func (r *rehearsal) first() string {
	if refused := r.refused(); len(refused) > 0 {
		v := refused[0]
		return place(r.config.File, v.Span) + ": " + cure(v)
	}
	if found := r.blocking(); len(found) > 0 {
		d := found[0]
		return place(d.File, d.Span) + ": " + strings.TrimSuffix(d.Message+"; "+d.Help, "; ")
	}
	if len(r.unbound) > 0 {
		return fmt.Sprintf("%s: %s: %s", r.config.Path, r.unbound[0].name, r.bindAdvice(r.unbound[0]))
	}
	if first := r.firstOfStage(); first != "" {
		return first
	}
	failed := r.unproven()[0]
	for _, stage := range failed.Stages {
		if !stage.Success {
			return fmt.Sprintf("%s: %s", failed.Binding, stage.Message)
		}
	}
	return failed.Binding
}

// cure is what to do about a refused binding, in one line.
func cure(v deploy.Verdict) string {
	if v.Meant != nil && v.Binding.Type == wrangler.KVNamespace {
		return fmt.Sprintf("write id = %q, which is %q", v.Meant.ID, v.Meant.Name)
	}
	return v.Help
}
