package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// sharingRules see, without a lock, that two bindings lead to one resource. With one it is known which of them is wrong.
var sharingRules = []string{
	"kv-id-across-environments", "d1-id-across-environments", "r2-bucket-across-environments", "resource-across-environments",
	"kv-id-shared", "d1-id-shared",
}

// lockedByID and lockedByName are the types of binding that the rules compare with the lock. Of a name each account may have
// one, of an id there is one in the world.
var (
	lockedByID   = []wrangler.Type{wrangler.KVNamespace, wrangler.D1}
	lockedByName = []wrangler.Type{wrangler.R2Bucket, wrangler.Queue}
)

// A lockView is an environment beside what the lock says.
type lockView struct {
	file    *lock.File
	agreed  *lock.Environment // nil if the lock does not have it
	account check.Account     // in which its resources are looked for: the lock's, else that of the files
}

// lockedView returns false without a lock.
func lockedView(p *check.Pass) (lockView, bool) {
	v := lockView{file: p.Project.LockFor(p.Config)}
	if v.file.Source == nil {
		return v, false
	}
	v.agreed = v.file.Environment(p.Env.Name)
	if v.account = p.Project.AccountInLock(p.Env); v.account.ID == "" {
		v.account = p.Project.AccountOf(p.Env)
	}
	return v, true
}

// binding is what the lock says of a binding of the same name and type, nil for nothing.
func (v lockView) binding(b *wrangler.Binding) *lock.Binding {
	if agreed := v.agreed.Binding(b.Text()); agreed != nil && agreed.Type == string(b.Type) {
		return agreed
	}
	return nil
}

// A holder is a binding of the lock, and the environment that has it.
type holder struct {
	env     *lock.Environment
	binding *lock.Binding
}

// holders are those that have the id of a binding, which may be in any environment.
func (v lockView) holders(b *wrangler.Binding) (all []holder) {
	id := b.Resource().Str()
	for _, env := range v.file.Environments {
		for i := range env.Bindings {
			if has := &env.Bindings[i]; has.Type == string(b.Type) && has.ID == id {
				all = append(all, holder{env, has})
			}
		}
	}
	return all
}

// elsewhere returns the first holder of a binding's id if the lock has it in other accounts alone.
func (v lockView) elsewhere(b *wrangler.Binding) (holder, bool) {
	all := v.holders(b)
	if len(all) == 0 || v.account.ID == "" ||
		slices.ContainsFunc(all, func(h holder) bool { return h.env.AccountID == v.account.ID }) {
		return holder{}, false
	}
	return all[0], true
}

// identified lists the bindings of an environment with an id that may be one. Of the others id-invalid speaks, or nobody.
func identified(env *wrangler.Environment) (all []*wrangler.Binding) {
	for _, b := range env.Bindings {
		if slices.Contains(lockedByID, b.Type) && b.Text() != "" && idPlaces[b.Type][0].shape.isGenuine(b.Resource().Str()) {
			all = append(all, b)
		}
	}
	return all
}

// accountWords name an account by its name and its id.
func accountWords(a check.Account) string {
	if a.Name == "" {
		return a.String()
	}
	return fmt.Sprintf("%s (%s)", a, a.ID)
}

// lockedTitle is ` "title"` behind an id, "" where nobody knew it.
func lockedTitle(b *lock.Binding) string {
	if b.Title == "" {
		return ""
	}
	return fmt.Sprintf(" %q", b.Title)
}

// theNamed is an environment of a lock as a noun.
func theNamed(name string) string {
	if name == "" {
		return "the top level"
	}
	return fmt.Sprintf("env %q", name)
}

// lockCommand writes down what an environment's account says. bindery takes a file as its argument, where wrangler wants --config.
func lockCommand(env *wrangler.Environment) string {
	return strings.Replace(env.Command("bindery lock"), " --config ", " ", 1)
}

// placeOf is where something is said of an environment as such.
func placeOf(env *wrangler.Environment) syntax.Span {
	if env.Name == "" {
		return claim(env.Config)
	}
	return env.NameAt
}

// takeLocked offers the id that the lock has for a binding. Another resource is reached by it, so that a person has to agree.
func takeLocked(found *check.Draft, p *check.Pass, v lockView, b *wrangler.Binding, agreed *lock.Binding) {
	found.NoteIn(v.file.Source, agreed.At, "what was agreed for %s", b.Text())
	if value := cmp.Or(agreed.ID, agreed.Title); value != "" {
		found.UnsafeFix(fmt.Sprintf("write what the lock has for %s: %s", b.Text(), value), p.Config.File.Rename(b.Resource().Span, value)...)
	}
}
