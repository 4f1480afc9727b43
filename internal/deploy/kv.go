package deploy

import (
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

func namespaces(a Account) []Resource { return a.KVNamespaces }

// kvNamespace judges a KV binding: wrangler sends its id unseen, and the account
// answers 10042 to what is no id and 10041 to one it does not hold.
func (j *judge) kvNamespace(b *wrangler.Binding, v *Verdict) {
	if b.Resource() == nil {
		j.newNamespace(b, v)
		return
	}
	id := text(j.env, b.Resource())
	v.Resource = Resource{ID: id}
	if !hexID.MatchString(id) {
		v.refuse(Invalid, 10042, fmt.Sprintf("KV namespace '%s' is not valid. Please verify the namespace_id in your configuration.", id))
		j.cure(b, v, "", "an id has "+hexIDForm)
		return
	}
	if held, ok := find(j.account.KVNamespaces, withID(id)); ok {
		v.State, v.Resource = Exists, held
		return
	}
	v.Holders = j.holders(namespaces, withID(id))
	switch {
	case len(v.Holders) > 0:
		v.refuse(Foreign, 10041, notFound(id))
		held, _ := find(v.Holders[0].KVNamespaces, withID(id))
		v.Resource = held
		j.cure(b, v, held.Name, fmt.Sprintf("%s holds this id, as %q", names(v.Holders), held.Name))
	case j.account.KVNamespaces == nil:
		v.State = Assumed
	default:
		v.refuse(Missing, 10041, notFound(id))
		j.cure(b, v, "", "no known account holds this id: it is mistyped, or the namespace was deleted")
	}
}

const titleTaken = "a namespace with this account ID and title already exists"

func notFound(id string) string { return fmt.Sprintf("KV namespace '%s' not found.", id) }

// newNamespace judges a KV binding without an id, for which wrangler creates a
// namespace, unless the Worker is deployed already and has one for this binding.
func (j *judge) newNamespace(b *wrangler.Binding, v *Verdict) {
	title := ProvisionedName(j.env, b)
	v.State, v.Resource = Create, Resource{Name: title}
	v.Help = fmt.Sprintf("the deploy creates a namespace %q; in a pipeline nobody writes its id into the file, so create it once and write its id here", title)
	for _, other := range j.env.Of(wrangler.KVNamespace) {
		if other.Text() == b.Text() {
			break // or another of its name, and then it is wrangler that refuses
		}
		if other.Resource() == nil && ProvisionedName(j.env, other) == title {
			v.Code, v.Message = 10014, titleTaken
			v.Help = fmt.Sprintf("the deploy gives this title to the namespace of %s: rename one of the bindings, or write an id here", other.Text())
			return
		}
	}
	taken, ok := find(j.account.KVNamespaces, called(title))
	if !ok {
		return
	}
	v.Meant = &taken
	v.Help = fmt.Sprintf("%s holds a namespace of the title %q already: write its id here, id = %q", j.account.Label(), title, taken.ID)
	if _, deployed := find(j.account.Workers, called(j.env.WorkerName())); j.account.Workers != nil && !deployed {
		// A Worker that is not there has no namespace to inherit, so wrangler tries to create one.
		v.Code, v.Message = 10014, titleTaken
	}
}

// cure fills in Help and Meant of a refused KV binding; foreign is the title of the namespace it names elsewhere.
func (j *judge) cure(b *wrangler.Binding, v *Verdict, foreign, cause string) {
	help := []string{cause}
	if r, ok := j.meant(b, v.Resource.ID, foreign); ok {
		v.Meant = &r
		help = append(help, fmt.Sprintf("%s holds %q, which looks meant: id = %q", j.account.Label(), r.Name, r.ID))
	} else {
		help = append(help, fmt.Sprintf("write the id of a namespace of %s here; `%s` makes one, as does a deploy without an id",
			j.account.Label(), j.command("wrangler kv namespace create "+b.Text())))
	}
	v.Help = strings.Join(help, "; ")
}

// doubtAccount says in the help what several wrong ids have in common: when one
// other account holds every KV namespace that env names, it is rather the account
// that is wrong.
func (j *judge) doubtAccount(verdicts []Verdict) {
	var foreign []*Verdict
	for i := range verdicts {
		v := &verdicts[i]
		if v.Binding.Type != wrangler.KVNamespace || v.State == Create {
			continue
		}
		if v.State != Foreign || len(v.Holders) != 1 || len(foreign) > 0 && foreign[0].Holders[0].ID != v.Holders[0].ID {
			return
		}
		foreign = append(foreign, v)
	}
	if len(foreign) < 2 {
		return
	}
	for _, v := range foreign {
		held := v.Holders[0]
		v.Help = fmt.Sprintf("%s holds this id, as %q, and every other KV namespace of %s: not the ids but the account looks wrong; account_id = %q would be that one",
			held.Label(), v.Resource.Name, j.env.Label(), held.ID)
	}
}
