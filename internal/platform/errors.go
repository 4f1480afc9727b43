package platform

import (
	"errors"

	"github.com/bindery-dev/bindery/internal/kv"
)

// What the platform may answer besides the errors of package kv. Callers compare
// with errors.Is; the text that wraps them says which name or id was meant.
var (
	// ErrAccountNotFound: there is no account with this id.
	ErrAccountNotFound = errors.New("account not found")
	// ErrAccountInvalid: an id that is not 32 lower-case hex digits, or a name that
	// is empty, too long or no text.
	ErrAccountInvalid = errors.New("account is not valid")
	// ErrAccountConflict: the id belongs to an account of another name, or the name
	// to one of another id.
	ErrAccountConflict error = &hinted{
		msg:  "account exists under another name or id",
		hint: "to use it as it is, give both as it has them, or the name alone; for another account choose another name and id",
	}
	// ErrTitleInvalid: a namespace title is 1 to kv.MaxTitleLength characters of UTF-8.
	ErrTitleInvalid = errors.New("namespace title is not valid")
	// ErrTitleTaken: another namespace of the account has this title.
	ErrTitleTaken = errors.New("a namespace with this title already exists in the account")
	// ErrIDInvalid: a namespace id is 32 lower-case hex digits.
	ErrIDInvalid = errors.New("namespace id is not valid")
	// ErrIDTaken: the account already holds a namespace with this id.
	ErrIDTaken = errors.New("a namespace with this id already exists in the account")
	// ErrTooManyNamespaces: the account holds kv.MaxNamespaces.
	ErrTooManyNamespaces = errors.New("the account holds as many namespaces as it may")
	// ErrTokenNotFound: there is no token with this id.
	ErrTokenNotFound = errors.New("token not found")
	// ErrTokenInvalid: a token that is to be made or edited has no name, no known permission,
	// or ends before it begins.
	ErrTokenInvalid = errors.New("token is not valid")
	// ErrAPIKeyNotFound: there is no API key with this id.
	ErrAPIKeyNotFound = errors.New("API key not found")
	// ErrAPIKeyInvalid: an API key that is to be made has no printable name.
	ErrAPIKeyInvalid = errors.New("API key is not valid")
	// ErrTooManyAPIKeys: MaxAPIKeys are live; one has to be revoked before another is made.
	ErrTooManyAPIKeys error = &hinted{msg: "two API keys are live already", hint: "revoke one of them first; two are enough to change keys without a pause"}

	// ErrCloudflareToken: the secret has the form of a real Cloudflare credential.
	// It is refused unread: a rehearsal must not see a production secret. It also
	// is kv.ErrUnauthenticated, as are the three below.
	ErrCloudflareToken error = &hinted{
		msg:  "this looks like a real Cloudflare credential, which is not accepted here",
		hint: "use a token of this server, and roll the real one if it went over a network that others can read",
		is:   kv.ErrUnauthenticated,
	}
	// ErrForeignToken: the secret is no token of any Bindery server, or a damaged one.
	ErrForeignToken error = &hinted{
		msg:  "this is no token of this server",
		hint: "tokens of this server start with " + tokenPrefix + "; check that it was copied whole",
		is:   kv.ErrUnauthenticated,
	}
	// ErrTokenExpired: the token was valid until its expiry.
	ErrTokenExpired error = &hinted{msg: "the token has expired", hint: "make a new one", is: kv.ErrUnauthenticated}
	// ErrTokenDisabled: the token was switched off, and may be switched on again.
	ErrTokenDisabled error = &hinted{msg: "the token is disabled", hint: "set its status to active, or make a new one", is: kv.ErrUnauthenticated}
)

// hinted is an error that knows what the user can do about it.
type hinted struct {
	msg, hint string
	is        error // what it also counts as; may be nil
}

func (e *hinted) Error() string { return e.msg }

// Hint says what to do, in words for the user.
func (e *hinted) Hint() string { return e.hint }

func (e *hinted) Is(target error) bool { return e.is != nil && target == e.is }
