package deploy

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Agree is what the lock is to say of an environment: of each binding the resource that its account holds. What
// cannot be agreed to is returned too, as nobody knows that it is there: what is missing, in another account, or not
// made yet, and what the token may not list. Bindings without a resource (AI, assets) are in neither.
func Agree(env *wrangler.Environment, account Account, verdicts []Verdict) (*lock.Environment, []Verdict) {
	e := &lock.Environment{Name: env.Name, AccountID: account.ID, Account: account.Name, Worker: env.WorkerName()}
	var open []Verdict
	for _, v := range verdicts {
		b := lock.Binding{Name: v.Binding.Text(), Type: string(v.Binding.Type), ID: v.Resource.ID, Title: v.Resource.Name}
		switch {
		case b.Name == "":
		case v.Binding.Type == wrangler.DurableObject:
			b.Title = text(env, v.Binding.Resource())
			if script := v.Binding.Field("script_name").Str(); script != "" && script != env.WorkerName() {
				b.Title += " of " + script
			}
			e.Bindings = append(e.Bindings, b)
		case v.State == Exists, v.State == Assumed && !listable[v.Binding.Type] && b.Title+b.ID != "":
			e.Bindings = append(e.Bindings, b)
		case v.State != Local:
			open = append(open, v)
		}
	}
	return e, open
}

// listable are the types of which an account can be asked whether it holds one.
var listable = map[wrangler.Type]bool{
	wrangler.KVNamespace: true, wrangler.R2Bucket: true, wrangler.D1: true, wrangler.Queue: true, wrangler.Service: true,
}

// Remember adds to an inventory what the lock knows of accounts that nobody was asked about: who holds an id that
// another account does not.
func (inv *Inventory) Remember(locked *lock.File) {
	known := len(inv.Accounts)
	for _, e := range locked.Environments {
		if slices.ContainsFunc(inv.Accounts[:known], func(a Account) bool { return a.ID == e.AccountID }) {
			continue
		}
		a := Account{ID: e.AccountID, Name: e.Account}
		for _, b := range e.Bindings {
			switch wrangler.Type(b.Type) {
			case wrangler.KVNamespace:
				a.KVNamespaces = append(a.KVNamespaces, Resource{ID: b.ID, Name: b.Title})
			case wrangler.D1:
				a.D1Databases = append(a.D1Databases, Resource{ID: b.ID, Name: b.Title})
			}
		}
		inv.Accounts = append(inv.Accounts, a)
	}
}
