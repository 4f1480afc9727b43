package bindery

import (
	"errors"
	"fmt"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/selftest"
)

// What this package may answer; compare with [errors.Is]. The same error means the same thing in every place.
var (
	// ErrEnvironment: the configuration declares no environment of this name.
	ErrEnvironment = errors.New("environment is not declared")
	// ErrBindingNotFound: the environment has no KV binding of this name.
	ErrBindingNotFound = errors.New("no such KV binding")
	// ErrNotBound: neither the configuration nor the lock says which namespace a binding is.
	ErrNotBound error = selftest.ErrNotBound
	// ErrInUse: another environment, of this process or another, has the folder open.
	ErrInUse = errors.New("folder is in use")

	// ErrKeyNotFound: the key is not there, was deleted, or has expired.
	ErrKeyNotFound error = kv.ErrKeyNotFound
	// ErrNamespaceNotFound: the account holds no namespace of this id.
	ErrNamespaceNotFound error = kv.ErrNamespaceNotFound
	// ErrKeyInvalid: the key is empty, "." or "..", or no UTF-8.
	ErrKeyInvalid error = kv.ErrKeyInvalid
	// ErrKeyTooLong: the key has more than MaxKeyBytes bytes.
	ErrKeyTooLong error = kv.ErrKeyTooLong
	// ErrValueTooLarge: the value has more than MaxValueBytes bytes.
	ErrValueTooLarge error = kv.ErrValueTooLarge
	// ErrMetadataInvalid: the metadata is no JSON.
	ErrMetadataInvalid error = kv.ErrMetadataInvalid
	// ErrMetadataTooLarge: the metadata has more than MaxMetadataBytes bytes.
	ErrMetadataTooLarge error = kv.ErrMetadataTooLarge
	// ErrExpirationInvalid: the expiration is past, or less than MinTTL ahead.
	ErrExpirationInvalid error = kv.ErrExpirationInvalid
	// ErrLimitInvalid: a list limit is outside of MinListLimit to MaxListLimit.
	ErrLimitInvalid error = kv.ErrLimitInvalid
	// ErrCursorInvalid: a cursor was not made by this place for this prefix.
	ErrCursorInvalid error = kv.ErrCursorInvalid
	// ErrPermission: the token may not do this.
	ErrPermission error = kv.ErrPermission
	// ErrUnauthenticated: the token is missing, unknown, expired or revoked.
	ErrUnauthenticated error = kv.ErrUnauthenticated
	// ErrUnavailable: there was no answer, or one that says to try again later; or the environment was closed.
	ErrUnavailable error = kv.ErrUnavailable
)

// Hint says what to do about an error of this package, in words for whoever runs the service; "" if there is nothing to say.
func Hint(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// hinted is an error with advice.
type hinted struct {
	error
	advice string
}

func (e *hinted) Hint() string  { return e.advice }
func (e *hinted) Unwrap() error { return e.error }

func advised(err error, format string, args ...any) error {
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// alsoError is an error of another room that is one of ours too. Its words and its advice stay.
type alsoError struct {
	error
	ours error
}

func (e *alsoError) Unwrap() []error { return []error{e.error, e.ours} }
