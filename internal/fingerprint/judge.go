package fingerprint

import (
	"errors"
	"fmt"
)

// State is what a fingerprint means for a binding.
type State string

// The states.
const (
	Right    State = "sealed"                         // for this environment, as the lock has it
	Other    State = "sealed for another environment" // or another account, namespace or Worker: the binding leads elsewhere, or data was copied with the record
	Changed  State = "sealed anew"                    // for this environment, but not by the record that was agreed
	Unsealed State = "unsealed"
	Damaged  State = "damaged"
	Shared   State = "shared with another binding" // of the same environment: both lead to one namespace
	Unread   State = "unread"                      // the namespace did not say
)

// Failed says whether the binding is not to be relied on. That nobody has sealed a namespace is no failure, unless a
// fingerprint was agreed.
func (f Fact) Failed() bool {
	return f.State == Other || f.State == Changed || f.State == Damaged || f.State == Shared || (f.State == Unsealed || f.State == Unread) && f.Agreed
}

// Fact is the seventh fact of a self-test.
type Fact struct {
	State   State
	Agreed  bool // the lock has a fingerprint for this binding
	Message string
	Advice  string // "" where nothing is to be done
}

// Expected is what a binding should lead to.
type Expected struct {
	Record
	Digest string // the lock's, "" if it has none
	Twin   string // another binding of the environment that names the same namespace, "" for none
}

// Judge says what a record, as Read returned it, means for a binding.
func Judge(want Expected, got Record, digest string, err error) (Fact, error) {
	f := Fact{Agreed: want.Digest != ""}
	switch {
	case errors.Is(err, ErrUnsealed) && f.Agreed:
		f.State, f.Message = Unsealed, "the lock has a fingerprint, and the namespace has none"
		f.Advice = "the namespace was emptied or made again under its title: look at what it holds, then `bindery apply` seals it"
	case errors.Is(err, ErrUnsealed):
		f.State, f.Message = Unsealed, "nobody has sealed the namespace"
		f.Advice = "`bindery apply` seals it"
	case errors.Is(err, ErrDamaged):
		f.State, f.Message = Damaged, fmt.Sprintf("what is under the key %s is no fingerprint", Key)
		f.Advice = "something else writes that key; `bindery apply` seals the namespace again"
	case err != nil:
		return f, err
	case got.Namespace != want.Namespace || got.Account != want.Account:
		f.State, f.Message = Other, fmt.Sprintf("the fingerprint is that of namespace %s in account %s", got.Namespace, got.Account)
		f.Advice = "it was copied here with the data, or the binding leads to another namespace than its id says; `bindery plan` shows where each leads"
	case got.Environment != want.Environment || got.Worker != want.Worker:
		f.State, f.Message = Other, "the namespace is sealed for "+got.Whose()
		f.Advice = "two environments on one namespace overwrite each other's data: bind a namespace of this environment's own"
	case f.Agreed && digest != want.Digest:
		f.State, f.Message = Changed, "the namespace was sealed again since the lock was written, on "+got.Sealed.Format("2006-01-02 15:04 MST")
		f.Advice = "if that was meant, `bindery lock` writes the new fingerprint down"
	case want.Twin != "":
		f.State, f.Message = Shared, "it has the fingerprint of "+want.Twin+" too: both lead to one namespace"
		f.Advice = "what one writes the other overwrites: bind a namespace for each, or take one of the two names out"
	default:
		f.State, f.Message = Right, "sealed for this environment on "+got.Sealed.Format("2006-01-02")
	}
	return f, nil
}
