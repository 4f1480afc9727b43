package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// migration-missing: a Durable Object binds a class of this Worker that none of its migrations makes. wrangler
// warns only where there is no migration at all; Cloudflare refuses the upload.
var migrationMissing = &check.Rule{
	ID:       "migration-missing",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a Durable Object class is in no migration",
	Explain:  explain("migration-missing"),
	Seen:     check.Prevalence{Files: 1, Projects: 1},
	Config: func(p *check.Pass) {
		var all []*unmade
		known := map[*syntax.Node]*unmade{} // by migrations, which environments share unless they have their own
		for _, env := range environments(p.Config) {
			migrations := env.Value("migrations")
			if migrations == nil || env.Value("exports") != nil {
				continue // exports make classes without migrations
			}
			if known[migrations] == nil {
				known[migrations] = &unmade{made: classesMade(migrations)}
				all = append(all, known[migrations])
			}
			known[migrations].addFrom(env)
		}
		for _, u := range all {
			if len(u.classes) > 0 && len(u.made) > 0 { // where nothing at all is made, wrangler warns
				u.report(p)
			}
		}
	},
}

// An unmade is what some migrations do not make, of all environments to which they apply.
type unmade struct {
	made    map[string]made
	classes []*syntax.Node // each name once
	envs    []*wrangler.Environment
}

// addFrom adds the classes that an environment binds.
func (u *unmade) addFrom(env *wrangler.Environment) {
	for _, b := range env.Of(wrangler.DurableObject) {
		class := b.Resource()
		if class.Str() == "" || b.Field("script_name") != nil || u.made[class.Text].is {
			continue
		}
		u.envs = append(u.envs, env)
		if !slices.ContainsFunc(u.classes, func(c *syntax.Node) bool { return c.Text == class.Text }) {
			u.classes = append(u.classes, class)
		}
	}
}

// report says it once, as one more migration makes them all.
func (u *unmade) report(p *check.Pass) {
	var names, quoted []string
	for _, class := range u.classes {
		names = append(names, clip(class.Text))
		quoted = append(quoted, fmt.Sprintf("%q", clip(class.Text)))
	}
	noun := "class"
	if len(names) > 1 {
		noun = "classes"
	}
	first := u.classes[0]
	found := p.Of(u.envs[0]).Report(first.Span, "no migration makes the Durable Object %s %s", noun, sentence(firstOf(names))).
		Label("a deploy fails with code 10061").
		Help("add a migration with a tag of its own and new_sqlite_classes = [%s]; or say script_name, if another Worker has the class", strings.Join(firstOf(quoted), ", ")).
		Also(u.envs...)
	if near, ok := syntax.Nearest(first.Text, u.classesThere()); ok && len(names) == 1 {
		found.Help("did you mean %q?", near)
	}
	for i, class := range u.classes[:min(shownPlaces, len(u.classes))] {
		if gone := u.made[class.Text].gone; gone != (syntax.Span{}) {
			found.Note(gone, "here %s goes, or gets another name", clip(class.Text))
		} else if i > 0 {
			found.Note(class.Span, "nor this one")
		}
	}
}

// classesThere are those that the migrations do make, sorted.
func (u *unmade) classesThere() []string {
	there := slices.Sorted(maps.Keys(u.made))
	return slices.DeleteFunc(there, func(class string) bool { return !u.made[class].is })
}

// A made says what the migrations did with a class.
type made struct {
	is   bool        // it is there after all of them
	gone syntax.Span // else where it was deleted or given another name
}

// classesMade runs through migrations in their order; it is empty where they make nothing.
func classesMade(migrations *syntax.Node) map[string]made {
	classes := map[string]made{}
	if !migrations.Is(syntax.Array) {
		return classes
	}
	for _, m := range migrations.Items {
		for _, key := range []string{"new_classes", "new_sqlite_classes"} {
			for _, class := range itemsOf(m.Get(key)) {
				classes[class.Str()] = made{is: true}
			}
		}
		for _, key := range []string{"renamed_classes", "transferred_classes"} {
			for _, move := range itemsOf(m.Get(key)) {
				if from := move.Get("from"); from != nil && key == "renamed_classes" {
					classes[from.Str()] = made{gone: from.Span}
				}
				classes[move.Get("to").Str()] = made{is: true}
			}
		}
		for _, class := range itemsOf(m.Get("deleted_classes")) {
			classes[class.Str()] = made{gone: class.Span}
		}
	}
	return classes
}

func itemsOf(n *syntax.Node) []*syntax.Node {
	if !n.Is(syntax.Array) {
		return nil
	}
	return n.Items
}
