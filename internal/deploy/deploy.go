// Package deploy knows what accounts hold (inventory) and judges what a deploy of
// an environment would meet there. It is pure: configuration × inventory in,
// verdicts out; whoever calls it does the asking and the creating.
//
// [ParseInventory] reads an inventory file, [ResolveAccount] says to which account
// an environment is deployed, [MergeAccounts] brings together whoever names
// accounts, and [Judge] gives one [Verdict] a binding, in Cloudflare's words.
package deploy

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Inventory is what is known of accounts.
type Inventory struct {
	Accounts []Account
}

// Account is an account with what it holds. Known is false for an account of which only the name or id is known:
// nothing can be said of its resources. In a known one, a list that is nil says nothing about resources of
// its kind; an empty one says that the account holds none.
type Account struct {
	ID, Name     string
	At           Place // where it was named
	Known        bool
	KVNamespaces []Resource
	R2Buckets    []Resource
	D1Databases  []Resource
	Queues       []Resource
	Workers      []Resource
}

// Label is the account in messages: `account "production"`, or by its id if it has no name.
func (a Account) Label() string {
	if a.Name == "" {
		return "account " + a.ID
	}
	return fmt.Sprintf("account %q", a.Name)
}

// Resource is a thing an account holds: ID for KV and D1, Name (title, bucket, queue) for all.
type Resource struct{ ID, Name string }

// State of a binding's resource in the account of its environment.
type State string

const (
	Exists  State = "exists"
	Create  State = "create"  // the deploy would create it: it has no id, or is of a kind that is created by name
	Missing State = "missing" // the account does not hold it, and no other known one
	Foreign State = "foreign" // another account holds it
	Invalid State = "invalid" // no id at all: a placeholder
	Assumed State = "assumed" // nothing is known of what the account holds
	Local   State = "none"    // the type names no resource of the account (AI, assets, vars)
)

// Verdict is what an account would say of one binding at upload.
type Verdict struct {
	Binding  *wrangler.Binding
	State    State
	Code     int         // Cloudflare's: 10041, 10042, …; 0 when it would be accepted
	Message  string      // in Cloudflare's words; "" when it would be accepted
	Span     syntax.Span // the value that causes it; the binding's name or entry if there is none
	Resource Resource    // what is meant, as far as known; of Create, what the deploy would call it
	Holders  []Account   // other accounts that hold it: of Foreign at least one
	Meant    *Resource   // of a refused KV binding: which namespace of the account was probably meant, if one stands out
	Help     string      // what to do now, or what to know; may be empty
	// Inherited: the file names no resource, and the deployed Worker has this one.
	Inherited bool
}

// Refused says whether the upload would be refused because of this binding.
func (v Verdict) Refused() bool { return v.Code != 0 }
