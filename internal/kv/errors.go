package kv

import "errors"

// What a namespace may answer. Callers compare with errors.Is; implementations
// wrap them with what was being done.
var (
	// ErrKeyNotFound: the key is not there, was deleted, or has expired.
	ErrKeyNotFound = errors.New("key not found")
	// ErrNamespaceNotFound: the account holds no namespace with this id.
	ErrNamespaceNotFound = errors.New("namespace not found")
	// ErrKeyInvalid: empty, ".", "..", or no UTF-8.
	ErrKeyInvalid = errors.New("key is not valid")
	// ErrKeyTooLong: more than MaxKeyBytes bytes.
	ErrKeyTooLong = errors.New("key is too long")
	// ErrValueTooLarge: more than MaxValueBytes bytes.
	ErrValueTooLarge = errors.New("value is too large")
	// ErrMetadataInvalid: the metadata is not JSON.
	ErrMetadataInvalid = errors.New("metadata must be valid json")
	// ErrMetadataTooLarge: more than MaxMetadataBytes bytes as JSON.
	ErrMetadataTooLarge = errors.New("metadata is too large")
	// ErrExpirationInvalid: in the past, or less than MinTTL ahead; an *ExpirationError.
	ErrExpirationInvalid = errors.New("expiration is not valid")
	// ErrLimitInvalid: a list limit outside MinListLimit…MaxListLimit.
	ErrLimitInvalid = errors.New("list limit is not valid")
	// ErrCursorInvalid: no cursor that this store made.
	ErrCursorInvalid = errors.New("cursor is not valid")
	// ErrTooMany: a bulk call with more keys or bytes than the limits allow.
	ErrTooMany = errors.New("too many keys or bytes in one call")
	// ErrTooSoon: the key was put a moment ago, and a Pace is set; a *TooSoonError.
	ErrTooSoon = errors.New("too many puts of a key")
	// ErrPermission: whoever asks may not do this (a token without edit permission).
	ErrPermission = errors.New("permission denied")
	// ErrUnauthenticated: the token is missing, unknown, expired or revoked.
	ErrUnauthenticated = errors.New("not authenticated")
	// ErrUnavailable: no answer, or an answer that says to try again later.
	ErrUnavailable = errors.New("not available")
)
