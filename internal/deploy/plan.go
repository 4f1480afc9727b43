package deploy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Plan is what a deploy of an environment would meet and do: who deploys, where each binding leads, what was agreed,
// and what would change. Its JSON is what `bindery plan --out` writes.
type Plan struct {
	Version       int    `json:"version"` // PlanVersion
	Configuration string `json:"configuration"`
	Digest        string `json:"configuration_digest"` // of its bytes: a plan is good for the file that it was made of
	Environment   string `json:"environment"`          // "" is the top level

	Account  PlannedAccount   `json:"account"`
	Worker   PlannedWorker    `json:"worker"`
	Bindings []PlannedBinding `json:"bindings"`
	Changes  []PlannedChange  `json:"changes"`
	Secrets  []PlannedSecret  `json:"secrets"` // those that the configuration requires
	Problems []PlannedProblem `json:"problems"`
}

// PlanVersion is the form of a plan.
const PlanVersion = 1

// Agreement is how a thing stands to the lock.
type Agreement string

// The agreements.
const (
	Agrees   Agreement = "agrees"
	Differs  Agreement = "differs"
	Unlocked Agreement = "not locked"
)

// PlannedAccount is where the deploy goes.
type PlannedAccount struct {
	ID        string    `json:"id"`
	Name      string    `json:"name,omitempty"`
	From      string    `json:"from"` // who says that it is this one
	Agreement Agreement `json:"lock"`
}

// PlannedWorker is the Worker that is deployed, or is to be.
type PlannedWorker struct {
	Name     string `json:"name"`
	Deployed bool   `json:"deployed"`
}

// PlannedBinding is where a binding leads.
type PlannedBinding struct {
	Name        string      `json:"name"`
	Type        string      `json:"type"`
	ID          string      `json:"id,omitempty"`
	Title       string      `json:"title,omitempty"`
	State       State       `json:"state"`
	Agreement   Agreement   `json:"lock"`
	Fingerprint string      `json:"fingerprint,omitempty"` // its state, of a KV namespace that is there
	Elsewhere   []Elsewhere `json:"elsewhere"`
	Place       string      `json:"place"`
}

// Elsewhere is the same name in another environment.
type Elsewhere struct {
	Environment string `json:"environment"`
	Resource    string `json:"resource,omitempty"` // its id or name, as the file or the lock says; "" if it is made by the deploy
	Bound       bool   `json:"bound"`
	Same        bool   `json:"same"` // the same resource of the same account
}

// Verb is what a deploy would do.
type Verb string

// The verbs.
const (
	Make   Verb = "create" // a resource, or the Worker
	Bind   Verb = "bind"   // a name that the live Worker does not have
	Rebind Verb = "rebind" // a name that leads elsewhere now
	Drop   Verb = "drop"   // a name that the live Worker has and the configuration has not
)

// PlannedChange is one thing that a deploy would do.
type PlannedChange struct {
	Verb    Verb   `json:"verb"`
	Binding string `json:"binding,omitempty"` // "" for the Worker
	Type    string `json:"type"`
	Was     string `json:"was,omitempty"`
	Is      string `json:"is,omitempty"`
}

// PlannedSecret is a secret that the configuration requires.
type PlannedSecret struct {
	Name string `json:"name"`
	Set  bool   `json:"set"`
}

// PlannedProblem is something that should stop the deploy, or that a person should know.
type PlannedProblem struct {
	Error   bool   `json:"error"`
	Binding string `json:"binding,omitempty"`
	Code    int    `json:"code,omitempty"` // Cloudflare's, if it would be refused with one
	Message string `json:"message"`
	Help    string `json:"help,omitempty"`
	Place   string `json:"place,omitempty"`
	// Forcible: an error that is a disagreement with the lock, which `bindery deploy --force` may override.
	Forcible bool `json:"may_be_forced,omitempty"`
}

// Failed says whether a deploy should not go on.
func (p *Plan) Failed() bool {
	return slices.ContainsFunc(p.Problems, func(o PlannedProblem) bool { return o.Error })
}

// Facts are what a plan is made of.
type Facts struct {
	Env      *wrangler.Environment
	Account  Resolution
	Verdicts []Verdict // Judge's and Inherit's, of Env
	Locked   *lock.File
	Deployed bool   // the Worker is there
	Live     []Live // what it is bound to
	Secrets  []string
}

// MakePlan puts the facts together. It asks nobody.
func MakePlan(f Facts) *Plan {
	p := &Plan{
		Version: PlanVersion, Configuration: f.Env.Config.Path, Environment: f.Env.Name,
		Account: PlannedAccount{ID: f.Account.Account.ID, Name: f.Account.Account.Name, From: f.Account.String()},
		Worker:  PlannedWorker{Name: f.Env.WorkerName(), Deployed: f.Deployed},
		Changes: []PlannedChange{}, Secrets: []PlannedSecret{}, Problems: []PlannedProblem{}, Bindings: []PlannedBinding{},
	}
	locked := f.Locked.Environment(f.Env.Name)
	p.judgeAccount(f, locked)
	for _, v := range f.Verdicts {
		if v.Binding.Text() != "" {
			p.addBinding(f, locked, v)
		}
	}
	p.addLive(f)
	p.addSecrets(f)
	return p
}

func (p *Plan) judgeAccount(f Facts, locked *lock.Environment) {
	switch {
	case locked == nil:
		p.Account.Agreement = Unlocked
		p.problem(PlannedProblem{
			Message: fmt.Sprintf("nobody has agreed which account %s belongs to", f.Env.Label()), Help: "`bindery lock` writes it down",
		})
	case locked.AccountID != p.Account.ID:
		p.Account.Agreement = Differs
		p.problem(PlannedProblem{
			Error:   true,
			Message: fmt.Sprintf("%s would go to %s, and the lock says %s", f.Env.Label(), withBoth(f.Account.Account), withBoth(Account{ID: locked.AccountID, Name: locked.Account})),
			Help:    "deploy with the account of the lock; or, if it has moved, let `bindery lock` write the new one down",
			Place:   f.Account.Account.At.String(),
		})
	default:
		p.Account.Agreement = Agrees
		if locked.Worker != "" && locked.Worker != p.Worker.Name {
			p.problem(PlannedProblem{
				Error: true, Forcible: true,
				Message: fmt.Sprintf("the Worker of %s is called %q, and the lock says %q: the deploy makes a second one", f.Env.Label(), p.Worker.Name, locked.Worker),
				Help:    "if it was renamed, `bindery lock` writes the new name down",
			})
		}
	}
}

func (p *Plan) problem(o PlannedProblem) { p.Problems = append(p.Problems, o) }

func (p *Plan) addBinding(f Facts, locked *lock.Environment, v Verdict) {
	b := PlannedBinding{
		Name: v.Binding.Text(), Type: string(v.Binding.Type), ID: v.Resource.ID, Title: v.Resource.Name,
		State: v.State, Agreement: Unlocked, Elsewhere: elsewhere(f, v), Place: Place{File: f.Env.Config.File, Span: v.Span}.String(),
	}
	if v.Refused() {
		p.problem(PlannedProblem{Error: true, Binding: b.Name, Code: v.Code, Message: v.Message, Help: v.Help, Place: b.Place})
	}
	p.compare(&b, locked.Binding(b.Name), v)
	for _, e := range b.Elsewhere {
		if e.Same && holdsData[v.Binding.Type] {
			p.problem(PlannedProblem{
				Binding: b.Name, Place: b.Place,
				Message: fmt.Sprintf("%s of %s and of %s is the same resource: they overwrite each other's data", b.Name, f.Env.Label(), environmentLabel(e.Environment)),
				Help:    "if that is not meant, bind a resource of this environment's own",
			})
		}
	}
	if v.State == Create && v.Code == 0 {
		p.Changes = append(p.Changes, PlannedChange{Verb: Make, Binding: b.Name, Type: b.Type, Is: b.Title})
		if b.Agreement == Differs {
			p.problem(PlannedProblem{
				Error: true, Forcible: true, Binding: b.Name, Place: b.Place,
				Message: fmt.Sprintf("the deploy would create an empty %q, and the lock has one that is there no more", b.Title),
				Help:    "look where it has gone; if that is meant, `bindery lock` forgets it, and `bindery apply` makes a new one",
			})
		}
	}
	p.Bindings = append(p.Bindings, b)
}

// compare holds a binding against what was agreed.
func (p *Plan) compare(b *PlannedBinding, agreed *lock.Binding, v Verdict) {
	switch {
	case v.State == Local:
		b.Agreement = Agrees // there is nothing to agree to
	case agreed == nil:
	case v.Refused(), v.State == Create && v.Binding.Type != wrangler.DurableObject: // whose class a migration makes
		b.Agreement = Differs
	case agreed.Type == b.Type && sameResource(*agreed, *b):
		b.Agreement = Agrees
	default:
		b.Agreement = Differs
		p.problem(PlannedProblem{
			Error: true, Forcible: true, Binding: b.Name, Place: b.Place,
			Message: fmt.Sprintf("%s leads to %s, and the lock says %s", b.Name, resourceText(b.Type, b.ID, b.Title), resourceText(agreed.Type, agreed.ID, agreed.Title)),
			Help:    "if the change is meant, `bindery lock` writes it down",
		})
	}
}

// sameResource compares ids, or names where one side has no id. The class of a Durable Object is the code's business.
func sameResource(agreed lock.Binding, b PlannedBinding) bool {
	switch {
	case b.Type == string(wrangler.DurableObject):
		return true
	case agreed.ID != "" && b.ID != "":
		return agreed.ID == b.ID
	}
	return agreed.Title == b.Title
}

func resourceText(kind, id, title string) string {
	switch {
	case id == "":
		return fmt.Sprintf("%s %q", kind, title)
	case title == "":
		return kind + " " + id
	}
	return fmt.Sprintf("%s %s (%q)", kind, id, title)
}

func environmentLabel(name string) string {
	if name == "" {
		return "the top level"
	}
	return fmt.Sprintf("env %q", name)
}

// holdsData are the types of which two environments should not share one.
var holdsData = map[wrangler.Type]bool{wrangler.KVNamespace: true, wrangler.R2Bucket: true, wrangler.D1: true, wrangler.Queue: true}

// elsewhere looks for a binding's name in the other environments. The top level of a file with environments is
// often there to be inherited from only, and is left out unless it binds the name.
func elsewhere(f Facts, v Verdict) []Elsewhere {
	all := []Elsewhere{}
	config := f.Env.Config
	for _, other := range append([]*wrangler.Environment{config.Top}, config.Envs...) {
		if other.Name == f.Env.Name {
			continue
		}
		at := slices.IndexFunc(other.Bindings, func(b *wrangler.Binding) bool { return b.Text() == v.Binding.Text() })
		if at < 0 {
			if other.Name != "" {
				all = append(all, Elsewhere{Environment: other.Name})
			}
			continue
		}
		b := other.Bindings[at]
		e := Elsewhere{Environment: other.Name, Bound: true, Resource: text(other, b.Resource())}
		if e.Resource == "" {
			if l := f.Locked.Environment(other.Name).Binding(b.Text()); l != nil {
				e.Resource = cmp.Or(l.ID, l.Title)
			}
		}
		mine := cmp.Or(v.Resource.ID, v.Resource.Name)
		e.Same = e.Resource != "" && e.Resource == mine && b.Type == v.Binding.Type && (v.Resource.ID != "" || f.sameAccount(other))
		all = append(all, e)
	}
	return all
}

// sameAccount says whether another environment is known to be in the account of the plan: a name, unlike an id, stands
// for different resources in different accounts.
func (f Facts) sameAccount(other *wrangler.Environment) bool {
	id := ""
	if l := f.Locked.Environment(other.Name); l != nil {
		id = l.AccountID
	}
	if n := other.AccountID; n != nil {
		id = n.Str()
	}
	return id == f.Account.Account.ID
}

// addLive compares what is to be bound with what the deployed Worker has.
func (p *Plan) addLive(f Facts) {
	if !f.Deployed {
		p.Changes = append([]PlannedChange{{Verb: Make, Type: "worker", Is: p.Worker.Name}}, p.Changes...)
		return
	}
	live := map[string]Live{}
	for _, l := range f.Live {
		live[l.Name] = l
	}
	meant := map[string]bool{}
	for _, v := range f.Env.Vars {
		meant[v.Name] = true
	}
	for _, b := range p.Bindings {
		meant[b.Name] = true
		is := cmp.Or(b.ID, b.Title)
		switch l, there := live[b.Name]; {
		case b.State == Create || b.State == Local || b.State == Invalid:
		case !there:
			p.Changes = append(p.Changes, PlannedChange{Verb: Bind, Binding: b.Name, Type: b.Type, Is: is})
		case l.Resource != "" && (string(l.Type) != b.Type || l.Resource != is):
			p.Changes = append(p.Changes, PlannedChange{Verb: Rebind, Binding: b.Name, Type: b.Type, Was: l.Resource, Is: is})
		}
	}
	for _, l := range f.Live {
		if meant[l.Name] || keptTypes[string(l.Type)] {
			continue
		}
		p.Changes = append(p.Changes, PlannedChange{Verb: Drop, Binding: l.Name, Type: string(l.Type), Was: l.Resource})
		p.problem(PlannedProblem{
			Binding: l.Name,
			Message: fmt.Sprintf("the live Worker has a %s binding %s, which the configuration has not: the deploy drops it", l.Type, l.Name),
			Help:    "write it into the configuration if the code still needs it",
		})
	}
}

// keptTypes stay on a Worker whatever a deploy says; or come with every one.
var keptTypes = map[string]bool{"secret_text": true, "secret_key": true, "assets": true, "inherit": true}

// addSecrets looks for the secrets that the configuration requires.
func (p *Plan) addSecrets(f Facts) {
	list := f.Env.Value("secrets").Get("required")
	if !list.Is(syntax.Array) {
		return
	}
	for _, n := range list.Items {
		s := PlannedSecret{Name: n.Str(), Set: slices.Contains(f.Secrets, n.Str())}
		p.Secrets = append(p.Secrets, s)
		if !s.Set {
			p.problem(PlannedProblem{
				Error: f.Deployed, Message: fmt.Sprintf("the secret %s is required and not set", s.Name),
				Help: "`" + f.Env.Command("wrangler secret put "+s.Name) + "`", Place: Place{File: f.Env.Config.File, Span: n.Span}.String(),
			})
		}
	}
}
