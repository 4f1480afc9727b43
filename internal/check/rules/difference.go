package rules

import (
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// A difference is a binding about which two environments do not agree.
type difference struct {
	subject string // "KV CACHE"
	env     *wrangler.Environment
	places  []check.Note // where each says what it says
}

// dataTypes are the bindings whose resource holds data, so that another one is another world.
var dataTypes = []wrangler.Type{wrangler.KVNamespace, wrangler.D1, wrangler.R2Bucket}

// differences compares what two environments bind. Either may be nil: it binds nothing then.
func differences(a, b *wrangler.Environment) []difference {
	var all []difference
	for _, t := range dataTypes {
		for _, y := range of(b, t) {
			x := boundAs(a, t, y.Text())
			switch {
			case x == nil:
				all = append(all, newDifference(b, y, "is only here"))
			case x.Resource().Str() != y.Resource().Str():
				d := newDifference(a, x, "is this one")
				other := newDifference(b, y, "").places[0]
				other.Message = "and this one there"
				d.places = append(d.places, other)
				all = append(all, d)
			}
		}
		for _, x := range of(a, t) {
			if boundAs(b, t, x.Text()) == nil {
				all = append(all, newDifference(a, x, "is only here"))
			}
		}
	}
	return all
}

func newDifference(env *wrangler.Environment, b *wrangler.Binding, text string) difference {
	subject := typeWords(b.Type) + " " + b.Text()
	at := nameSpan(b)
	if r := b.Resource(); r != nil {
		at = r.Span
	}
	return difference{subject, env, []check.Note{{
		File: env.Config.File, Span: at, Message: fmt.Sprintf("%s of %s %s", subject, the(env), text),
	}}}
}

func of(env *wrangler.Environment, t wrangler.Type) []*wrangler.Binding {
	if env == nil {
		return nil
	}
	return slices.DeleteFunc(env.Of(t), func(b *wrangler.Binding) bool { return b.Text() == "" })
}

func boundAs(env *wrangler.Environment, t wrangler.Type, name string) *wrangler.Binding {
	for _, b := range of(env, t) {
		if b.Text() == name {
			return b
		}
	}
	return nil
}

// subjects names what differs, each once.
func subjects(all []difference) string {
	var names []string
	for _, d := range all {
		if !slices.Contains(names, d.subject) {
			names = append(names, d.subject)
		}
	}
	return sentence(firstOf(names))
}

// note shows the first differences.
func note(found *check.Draft, all []difference) {
	for _, d := range all[:min(shownPlaces, len(all))] {
		for _, n := range d.places {
			found.NoteIn(n.File, n.Span, "%s", n.Message)
		}
		found.Also(d.env)
	}
}
