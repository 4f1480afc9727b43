package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// fixMissing adds the way out for the first group that has one. Both ways change what a deployed Worker reaches, so
// neither is safe. No id is ever copied: a binding that is repeated says nothing of its resource, and so leads to
// nobody else's data. And none is repeated that is there under another name: it gets its name.
func fixMissing(found *check.Draft, env *wrangler.Environment, groups []*missingGroup, owners []owner, renamed map[string]*wrangler.Binding) {
	file := env.Config.File
	var named, ways, repeated []string
	var naming, repeating []syntax.Edit
	for _, g := range groups {
		for _, name := range g.names {
			if own := renamedHere(env, renamed, name); own != nil {
				ways = append(ways, fmt.Sprintf("call %s %s", clip(own.Text()), clip(name)))
				repeating = append(repeating, file.Rename(own.Name.Span, name)...)
			}
		}
	}
	var fields []*syntax.Field // that the environment has to get all at once
	creates := false
	for _, g := range groups {
		switch headers, elsewhere := misplaced(env, g, owners); {
		case len(headers) > 0:
			named = append(named, g.words)
			for _, h := range headers {
				naming = append(naming, file.Requalify(h, environmentPath(env))...)
			}
		case elsewhere:
			// It belongs to another environment, which has the fix.
		default:
			edits, field := repeatIn(env, g, renamed)
			if field == nil && len(edits) == 0 {
				continue
			}
			repeated = append(repeated, g.words)
			repeating = append(repeating, edits...)
			if field != nil {
				fields = append(fields, field)
			}
			creates = creates || repeatable[g.bindings[0].Type].creates
		}
	}
	if len(named) > 0 {
		found.UnsafeFix(fmt.Sprintf("give %s to %s: name it in the header", sentence(named), the(env)), naming...)
		return
	}
	if len(repeated) > 0 {
		ways = append(ways, "repeat "+sentence(repeated))
	}
	title := fmt.Sprintf("%s in %s", sentence(firstOf(ways)), the(env))
	if creates {
		title += ", without ids: a deploy creates what has none"
	}
	keys := file.Add(environmentPath(env), fields...) // before any header that comes to stand at the same place
	found.UnsafeFix(title, append(keys, repeating...)...)
}

// misplaced lists the headers of a group that stand under one of env, and say nothing of it. If there are none, elsewhere
// says whether some stand so under another environment.
func misplaced(env *wrangler.Environment, g *missingGroup, owners []owner) (mine []syntax.Span, elsewhere bool) {
	section, _, _ := strings.Cut(g.section, ".")
	if f := env.Node.Field(section); f != nil && (!f.Value.Is(syntax.Array) || env.Config.File.InBrackets(f.Value)) {
		return nil, false // no header can add to it
	}
	for _, header := range headers(env.Config.File.Root.Get(section)) {
		switch owner := ownerAbove(owners, header.Start); owner {
		case nil:
		case env:
			mine = append(mine, header)
		default:
			elsewhere = true
		}
	}
	return mine, elsewhere
}

// repeatable are the bindings that can be written without naming a resource, with the keys besides their name that
// say nothing of one. A deploy creates what is not named, empty, for this environment alone.
var repeatable = map[wrangler.Type]struct {
	name    string
	keys    []string
	creates bool
}{
	wrangler.KVNamespace:     {name: "binding", creates: true},
	wrangler.R2Bucket:        {name: "binding", keys: []string{"jurisdiction"}, creates: true},
	wrangler.D1:              {name: "binding", keys: []string{"migrations_dir", "migrations_table"}, creates: true},
	wrangler.DurableObject:   {name: "name", keys: []string{"class_name"}},
	wrangler.WorkerLoader:    {name: "binding"},
	wrangler.AI:              {name: "binding"},
	wrangler.Browser:         {name: "binding"},
	wrangler.Images:          {name: "binding"},
	wrangler.Stream:          {name: "binding"},
	wrangler.Media:           {name: "binding"},
	wrangler.VersionMetadata: {name: "binding"},
}

// repeatIn writes the bindings of a group in an environment, each in the way the top level does: as edits, or as a field that
// its table is to get.
func repeatIn(env *wrangler.Environment, g *missingGroup, renamed map[string]*wrangler.Binding) ([]syntax.Edit, *syntax.Field) {
	var entries []*syntax.Node
	for _, b := range g.bindings {
		if looksMisspelt(b, env) || renamedHere(env, renamed, b.Text()) != nil {
			continue // it is there; of the first, binding-name-typo has the better way out
		}
		entry := withoutResource(b)
		if entry == nil {
			return nil, nil
		}
		entries = append(entries, entry)
	}
	if len(entries) == 0 || env.Config.Pages { // a Pages project creates nothing on deploy
		return nil, nil
	}
	file, section := env.Config.File, strings.Split(g.section, ".")
	path := append(environmentPath(env), section...)
	value, like := entries[0], file.Root.Get(section...)
	if like.Is(syntax.Array) {
		if file.Root.Get(path...) != nil || !file.InBrackets(like) {
			return file.AddItems(path, entries...), nil
		}
		value = &syntax.Node{Kind: syntax.Array, Items: entries}
	}
	if env.Node.Field(section[0]) != nil {
		return nil, nil // a table that lacks the list only; nobody writes that
	}
	for i := len(section) - 1; i > 0; i-- {
		value = &syntax.Node{Kind: syntax.Table, Fields: []*syntax.Field{{Name: section[i], Value: value}}}
	}
	return nil, &syntax.Field{Name: section[0], Value: value}
}

// looksMisspelt says whether an environment seems to have a binding under a slightly different name.
func looksMisspelt(b *wrangler.Binding, env *wrangler.Environment) bool {
	return slices.ContainsFunc(env.Of(b.Type), func(other *wrangler.Binding) bool {
		return other.Text() != "" && misspelt(newSpelling(b.Text()), newSpelling(other.Text()))
	})
}

// withoutResource is an entry as it may stand in another environment; nil if it cannot without naming a resource.
func withoutResource(b *wrangler.Binding) *syntax.Node {
	kind, ok := repeatable[b.Type]
	if !ok || b.Field("script_name") != nil { // whose objects are those of another Worker
		return nil
	}
	entry := &syntax.Node{Kind: syntax.Table}
	for _, f := range b.Node.Fields {
		if f.Name == kind.name || slices.Contains(kind.keys, f.Name) {
			entry.Fields = append(entry.Fields, f)
		}
	}
	return entry
}
