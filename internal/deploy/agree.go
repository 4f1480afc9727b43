package deploy

import (
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
