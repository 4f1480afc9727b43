package deploy

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

func buckets(a Account) []Resource   { return a.R2Buckets }
func databases(a Account) []Resource { return a.D1Databases }
func queues(a Account) []Resource    { return a.Queues }

// r2Bucket judges an R2 binding. A named bucket that is not there is created, so a
// mistyped name is never refused: the help says what it may have been meant to be.
func (j *judge) r2Bucket(b *wrangler.Binding, v *Verdict) {
	name := text(j.env, b.Resource())
	if name == "" {
		name = ProvisionedName(j.env, b)
	}
	v.Resource = Resource{Name: name}
	switch _, held := find(j.account.R2Buckets, called(name)); {
	case held:
		v.State = Exists
		return
	case j.account.R2Buckets == nil && b.Resource() != nil:
		v.State = Assumed
		return
	}
	v.State = Create
	v.Holders = j.holders(buckets, called(name))
	near, mistyped := syntax.Nearest(name, resourceNames(j.account.R2Buckets))
	switch {
	case mistyped:
		v.Help = fmt.Sprintf("the deploy creates an empty bucket of this name; did you mean %q?", near)
	case len(v.Holders) > 0:
		v.Help = fmt.Sprintf("the deploy creates an empty bucket of this name; the one with data may be that of %s", names(v.Holders))
	}
}

// d1Database judges a D1 binding: by its id, else by its name, by which wrangler
// looks it up and creates it.
func (j *judge) d1Database(b *wrangler.Binding, v *Verdict) {
	name := b.Field("database_name").Str()
	if b.Resource() == nil {
		j.d1ByName(b, v, name)
		return
	}
	id := text(j.env, b.Resource())
	v.Resource = Resource{ID: id, Name: name}
	if !uuid.MatchString(id) {
		v.refuse(Invalid, 10021, fmt.Sprintf("binding %s of type d1 must have a valid `id` specified", b.Text()))
		v.Help = "a database id is " + uuidForm + "; `" + j.command("wrangler d1 list") + "` shows those of the account"
		return
	}
	if held, ok := find(j.account.D1Databases, withID(id)); ok {
		v.State, v.Resource = Exists, held
		return
	}
	v.Holders = j.holders(databases, withID(id))
	message := fmt.Sprintf("D1 binding '%s' references database '%s' which was not found.", b.Text(), id)
	switch {
	case len(v.Holders) > 0:
		v.refuse(Foreign, 10181, message)
		v.Help = fmt.Sprintf("%s holds this id", names(v.Holders))
	case j.account.D1Databases == nil:
		v.State = Assumed
		return
	default:
		v.refuse(Missing, 10181, message)
		v.Help = "no known account holds this id"
	}
	v.Help += fmt.Sprintf("; write the id of a database of %s here", j.account.Label())
	if namesake, ok := find(j.account.D1Databases, called(name)); ok {
		v.Help += fmt.Sprintf(", probably that of %q: database_id = %q", name, namesake.ID)
	}
}

func (j *judge) d1ByName(b *wrangler.Binding, v *Verdict, name string) {
	given := name != ""
	if !given {
		name = ProvisionedName(j.env, b)
	}
	v.State, v.Resource = Create, Resource{Name: name}
	if held, ok := find(j.account.D1Databases, called(name)); ok {
		v.State, v.Resource = Exists, held
	} else if given && j.account.D1Databases == nil {
		v.State = Assumed
	}
}

// queue judges a producer. wrangler itself refuses to deploy one whose queue is
// not there, before anything is uploaded; 11000 is what the API answers.
func (j *judge) queue(b *wrangler.Binding, v *Verdict) {
	name := text(j.env, b.Resource())
	v.Resource = Resource{Name: name}
	if _, held := find(j.account.Queues, called(name)); held {
		v.State = Exists
		return
	}
	if j.account.Queues == nil || b.Resource() == nil {
		v.State = Assumed
		return
	}
	v.Holders = j.holders(queues, called(name))
	v.refuse(Missing, 11000, fmt.Sprintf("Queue %q does not exist.", name))
	v.Help = fmt.Sprintf("create it in %s: `%s`", j.account.Label(), j.command("wrangler queues create "+name))
	if len(v.Holders) > 0 {
		v.State = Foreign
		v.Help = fmt.Sprintf("%s has a queue of this name; %s", names(v.Holders), v.Help)
	} else if near, ok := syntax.Nearest(name, resourceNames(j.account.Queues)); ok {
		v.Help = fmt.Sprintf("did you mean %q? else %s", near, v.Help)
	}
}

func resourceNames(all []Resource) []string {
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.Name
	}
	return names
}
