package deploy

import (
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Step is one resource that an environment lacks, or that its configuration does not name yet.
type Step struct {
	Binding *wrangler.Binding
	Name    string // the title or name that wrangler would give it
	ID      string // of one that the account holds under that name, which is taken; "" makes one
	Key     string // under which the configuration is to name it; "" where it does so already, by name
}

// Adopts says whether nothing is made: the account holds what is meant.
func (s Step) Adopts() bool { return s.ID != "" }

// Steps are what would give each binding a resource of the environment's own account. Bindings that no step can help,
// such as one with an id of another account, are returned too: which resource was meant is a person's to say.
func Steps(env *wrangler.Environment, account Account, verdicts []Verdict) (steps []Step, stuck []Verdict) {
	for _, v := range verdicts {
		b := v.Binding
		s := Step{Binding: b, Name: v.Resource.Name}
		switch b.Type {
		case wrangler.KVNamespace:
			s.Key = "id"
			if v.State == Invalid { // a placeholder
				s.Name = ProvisionedName(env, b)
			}
			if held, ok := find(account.KVNamespaces, called(s.Name)); ok {
				s.ID = held.ID
			}
		case wrangler.D1:
			s.Key = "database_id"
		}
		switch {
		case v.State == Exists && b.Resource() == nil && s.Key != "":
			s.ID = v.Resource.ID
			steps = append(steps, s)
		case v.State == Create && makeable[b.Type] && (v.Code == 0 || s.Adopts()),
			v.State == Invalid && b.Type == wrangler.KVNamespace,
			v.State == Missing && b.Type == wrangler.Queue:
			steps = append(steps, s)
		case v.Refused():
			stuck = append(stuck, v)
		}
	}
	return steps, stuck
}

// makeable are the types of which a resource can be made by its name alone.
var makeable = map[wrangler.Type]bool{wrangler.KVNamespace: true, wrangler.R2Bucket: true, wrangler.D1: true, wrangler.Queue: true}

// Write returns the edits that name a step's resource in the configuration, by the id that it has by now; nil if its
// layout does not allow that.
func (s Step) Write(file *syntax.File, id string) []syntax.Edit {
	if n := s.Binding.Field(s.Key); n != nil {
		return []syntax.Edit{{Span: n.Span, New: syntax.Quoted(id)}}
	}
	return file.AddTo(s.Binding.Node, &syntax.Field{Name: s.Key, Value: &syntax.Node{Kind: syntax.String, Text: id}})
}
