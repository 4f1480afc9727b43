package deploy

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Judge says of each binding of env, in the order of the file, what account would
// say at its upload. account is the one that env is deployed to; inv, which may be
// nil, tells which other account holds what this one does not.
func Judge(env *wrangler.Environment, account Account, inv *Inventory) []Verdict {
	j := &judge{env: env, account: account}
	if inv != nil {
		for _, a := range inv.Accounts {
			if a.ID != account.ID {
				j.others = append(j.others, a)
			}
		}
	}
	verdicts := make([]Verdict, len(env.Bindings))
	for i, b := range env.Bindings {
		v := Verdict{Binding: b, State: Assumed, Span: place(b), Resource: Resource{Name: text(env, b.Resource())}}
		if rule, ok := judges[b.Type]; ok {
			rule(j, b, &v)
		}
		verdicts[i] = v
	}
	j.doubtAccount(verdicts)
	return verdicts
}

// judges holds the types of which something can be said; of the others, such as
// Vectorize indexes, an inventory knows nothing, and they are assumed to be there.
var judges = map[wrangler.Type]func(*judge, *wrangler.Binding, *Verdict){
	wrangler.KVNamespace:   (*judge).kvNamespace,
	wrangler.R2Bucket:      (*judge).r2Bucket,
	wrangler.D1:            (*judge).d1Database,
	wrangler.Queue:         (*judge).queue,
	wrangler.Service:       (*judge).service,
	wrangler.DurableObject: (*judge).durableObject,
	wrangler.Workflow:      (*judge).workflow,

	wrangler.AI:              (*judge).local,
	wrangler.Browser:         (*judge).local,
	wrangler.Analytics:       (*judge).local,
	wrangler.Images:          (*judge).local,
	wrangler.Stream:          (*judge).local,
	wrangler.Media:           (*judge).local,
	wrangler.VersionMetadata: (*judge).local,
	wrangler.AnalyticsEngine: (*judge).local, // a dataset comes into being when it is written to
	wrangler.SendEmail:       (*judge).local,
	wrangler.RateLimit:       (*judge).local, // its namespace_id is a number of the user's choice
	wrangler.WorkerLoader:    (*judge).local,
	wrangler.Assets:          (*judge).local,
}

// judge holds what all bindings of an environment are judged against.
type judge struct {
	env     *wrangler.Environment
	account Account
	others  []Account
}

func (j *judge) local(_ *wrangler.Binding, v *Verdict) { v.State, v.Resource = Local, Resource{} }

// refuse makes v a refusal.
func (v *Verdict) refuse(state State, code int, message string) {
	v.State, v.Code, v.Message = state, code, message
}

// holders are the other accounts whose list has a resource that is meant.
func (j *judge) holders(list func(Account) []Resource, is func(Resource) bool) []Account {
	var holders []Account
	for _, a := range j.others {
		if _, ok := find(list(a), is); ok {
			holders = append(holders, a)
		}
	}
	return holders
}

func find(all []Resource, is func(Resource) bool) (Resource, bool) {
	for _, r := range all {
		if is(r) {
			return r, true
		}
	}
	return Resource{}, false
}

func withID(id string) func(Resource) bool   { return func(r Resource) bool { return r.ID == id } }
func called(name string) func(Resource) bool { return func(r Resource) bool { return r.Name == name } }

// ProvisionedName is the name (for KV the title) that wrangler gives to what it creates
// for a binding: the script's name and the binding's in lower case, _ turned into -.
func ProvisionedName(env *wrangler.Environment, b *wrangler.Binding) string {
	name := strings.ReplaceAll(strings.ToLower(b.Text()), "_", "-")
	if worker := env.WorkerName(); worker != "" {
		return worker + "-" + name
	}
	return name
}

// command completes a wrangler command, so that it goes to the account at hand.
func (j *judge) command(line string) string {
	line = j.env.Command(line)
	if j.env.AccountID == nil { // whoever named the account, wrangler does not find it in the file
		return AccountVariable + "=" + j.account.ID + " " + line
	}
	return line
}

// place is what to point at: the value that names the resource, else the binding's name, else its entry.
func place(b *wrangler.Binding) syntax.Span {
	switch {
	case b.Resource() != nil:
		return b.Resource().Span
	case b.Name != nil:
		return b.Name.Span
	}
	return b.Node.Span
}

// text is a value as it would be sent: a string's text, anything else as it is written.
func text(env *wrangler.Environment, n *syntax.Node) string {
	if n == nil || n.Is(syntax.String) {
		return n.Str()
	}
	return env.Config.File.Slice(n.Span)
}

// names lists accounts in a message.
func names(accounts []Account) string {
	labels := make([]string, len(accounts))
	for i, a := range accounts {
		labels[i] = a.Label()
	}
	return strings.Join(labels, " and ")
}
