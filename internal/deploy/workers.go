package deploy

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

func workers(a Account) []Resource { return a.Workers }

// deployed says whether the account has a Worker of this name; known is false if nobody can tell.
func (j *judge) deployed(name string) (there, known bool) {
	_, there = find(j.account.Workers, called(name))
	return there, j.account.Workers != nil
}

// service judges a service binding. One to the Worker itself is refused as any
// other when it is deployed for the first time.
func (j *judge) service(b *wrangler.Binding, v *Verdict) {
	name := text(j.env, b.Resource())
	v.Resource = Resource{Name: name}
	switch there, known := j.deployed(name); {
	case there:
		v.State = Exists
		return
	case !known || name == "":
		v.State = Assumed
		return
	}
	v.Holders = j.holders(workers, called(name))
	v.refuse(Missing, 10143, fmt.Sprintf("Service binding '%s' references Worker '%s' which was not found.", b.Text(), name))
	near, mistyped := syntax.Nearest(name, resourceNames(j.account.Workers))
	switch {
	case name == j.env.WorkerName():
		v.Help = "a Worker cannot bind itself before it exists: deploy it once without this binding"
	case mistyped:
		v.Help = fmt.Sprintf("did you mean %q?", near)
	case len(v.Holders) > 0:
		v.State = Foreign
		v.Help = fmt.Sprintf("%s has a Worker of this name, and service bindings do not reach across accounts: deploy %s to %s first", names(v.Holders), name, j.account.Label())
	default:
		v.Help = fmt.Sprintf("deploy %s to %s first", name, j.account.Label())
	}
}

// durableObject judges a Durable Object binding: its class lives in another
// Worker, or in this one, where a migration creates it.
func (j *judge) durableObject(b *wrangler.Binding, v *Verdict) {
	class := text(j.env, b.Resource())
	v.Resource = Resource{Name: class}
	if script := b.Field("script_name"); script.Str() != "" && script.Str() != j.env.WorkerName() {
		j.classElsewhere(script, v)
		return
	}
	there, known := j.deployed(j.env.WorkerName())
	tag, migrated := j.migration(class)
	switch {
	case there:
		v.State = Local // the deployed Worker may have the class already, whatever the migrations say now
	case migrated:
		v.State = Create
		v.Help = fmt.Sprintf("migration %q creates it", tag)
	case j.env.Value("exports") != nil: // newer wrangler: classes declared without migrations
		v.State = Local
	case known:
		v.refuse(Missing, 10061, fmt.Sprintf("Cannot create binding for class '%s' because it is not currently configured to implement Durable Objects. "+
			"Ensure a --new-class migration has been applied to it.", class))
		v.Help = fmt.Sprintf("add a migration with new_sqlite_classes = [%q]", class)
	default:
		v.State = Assumed
		v.Help = fmt.Sprintf("no migration creates class %s: the first deploy of this Worker would be refused with code 10061", class)
	}
}

func (j *judge) classElsewhere(script *syntax.Node, v *Verdict) {
	switch there, known := j.deployed(script.Text); {
	case there:
		v.State = Exists
	case !known:
		v.State = Assumed
	default:
		v.refuse(Missing, 10061, fmt.Sprintf("Cannot create binding for class in script '%s' that does not exist.", script.Text))
		v.Span = script.Span
		v.Holders = j.holders(workers, called(script.Text))
		v.Help = fmt.Sprintf("deploy %s to %s first", script.Text, j.account.Label())
	}
}

// migration returns the tag of the migration that creates class, or makes another into it.
func (j *judge) migration(class string) (tag string, ok bool) {
	migrations := j.env.Value("migrations")
	if !migrations.Is(syntax.Array) {
		return "", false
	}
	for _, m := range migrations.Items {
		for _, key := range []string{"new_classes", "new_sqlite_classes", "renamed_classes", "transferred_classes"} {
			list := m.Get(key)
			if !list.Is(syntax.Array) {
				continue
			}
			for _, entry := range list.Items {
				if entry.Str() == class || entry.Get("to").Str() == class {
					return m.Get("tag").Str(), true
				}
			}
		}
	}
	return "", false
}

// workflow judges a workflow: one of this Worker is created by the deploy, of
// another's an inventory knows nothing.
func (j *judge) workflow(b *wrangler.Binding, v *Verdict) {
	v.State = Assumed
	if script := b.Field("script_name").Str(); script == "" || script == j.env.WorkerName() {
		v.State = Create
	}
}
