package lock

import (
	"cmp"
	"maps"
	"slices"
)

// Change is one thing that two states of a lock say differently.
type Change struct {
	Environment string // "" is the top level
	Binding     string // "" for what concerns the environment
	Field       string // the key, as in the file; "" for all of a binding or an environment that is new, or gone
	Was, Is     string // "" for what is not there
}

// Compare says what differs between two states, by environment, then binding, then field.
func Compare(was, is []*Environment) (changes []Change) {
	before, after := byName(was), byName(is)
	for _, name := range union(before, after) {
		changes = append(changes, compareEnvironments(name, before[name], after[name])...)
	}
	return changes
}

func byName(all []*Environment) map[string]*Environment {
	named := map[string]*Environment{}
	for _, e := range all {
		named[e.Name] = e
	}
	return named
}

func union[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func compareEnvironments(name string, was, is *Environment) (changes []Change) {
	switch {
	case is == nil:
		return []Change{{Environment: name, Was: cmp.Or(was.Account, was.AccountID)}}
	case was == nil:
		changes = append(changes, Change{Environment: name, Is: cmp.Or(is.Account, is.AccountID)})
		was = &Environment{AccountID: is.AccountID, Account: is.Account, Worker: is.Worker}
	}
	for _, f := range []struct{ key, was, is string }{
		{keyAccount, was.AccountID, is.AccountID}, {keyAccountName, was.Account, is.Account}, {keyWorker, was.Worker, is.Worker},
	} {
		if f.was != f.is {
			changes = append(changes, Change{Environment: name, Field: f.key, Was: f.was, Is: f.is})
		}
	}
	before, after := bindings(was), bindings(is)
	for _, binding := range union(before, after) {
		b, was := before[binding]
		a, is := after[binding]
		switch {
		case !is:
			changes = append(changes, Change{Environment: name, Binding: binding, Was: cmp.Or(b.Title, b.ID, b.Type)})
		case !was:
			changes = append(changes, Change{Environment: name, Binding: binding, Is: cmp.Or(a.Title, a.ID, a.Type)})
		default:
			for _, f := range []struct{ key, was, is string }{
				{keyType, b.Type, a.Type}, {keyID, b.ID, a.ID}, {keyTitle, b.Title, a.Title}, {keyFingerprint, b.Fingerprint, a.Fingerprint},
			} {
				if f.was != f.is {
					changes = append(changes, Change{Environment: name, Binding: binding, Field: f.key, Was: f.was, Is: f.is})
				}
			}
		}
	}
	return changes
}

func bindings(e *Environment) map[string]Binding {
	named := map[string]Binding{}
	for _, b := range e.Bindings {
		named[b.Name] = b
	}
	return named
}
