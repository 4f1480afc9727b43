package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Account is an entry of GET /accounts and the answer of GET /accounts/{account}.
type Account struct {
	ID      string    `json:"id"` // 32 hex digits
	Name    string    `json:"name"`
	Type    string    `json:"type,omitempty"` // "standard" or "enterprise"
	Created time.Time `json:"created_on,omitzero"`
}

// Membership is an entry of GET /memberships: that the user belongs to an account.
type Membership struct {
	ID      string   `json:"id"`
	Status  string   `json:"status"` // "accepted"
	Account Account  `json:"account"`
	Roles   []string `json:"roles"`
}

// User is the answer of GET /user.
type User struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

// TokenStatus is the answer of GET /user/tokens/verify.
type TokenStatus struct {
	ID      string     `json:"id"`
	Status  string     `json:"status"` // "active"
	Expires *time.Time `json:"expires_on,omitempty"`
}

// Namespace is a KV namespace.
type Namespace struct {
	ID    string `json:"id"` // 32 hex digits, lower case
	Title string `json:"title"`
	// SupportsURLEncoding: keys in paths are percent-decoded before use. True for
	// every namespace made since 2019.
	SupportsURLEncoding bool `json:"supports_url_encoding"`
	// Jurisdiction that its data is kept in: "eu", "fedramp" or "us"; "" is none. Set
	// when it is made.
	Jurisdiction string `json:"jurisdiction,omitempty"`
}

// Title is the body of renaming a namespace.
type Title struct {
	Title string `json:"title"`
}

// NewNamespace is the body of creating one.
type NewNamespace struct {
	Title        string `json:"title"`
	Jurisdiction string `json:"jurisdiction,omitempty"`
	// Mode is of how it stores; "instant" is all that was seen, sent by wrangler
	// --experimental-mode. Cloudflare's API reference does not have it.
	Mode string `json:"mode,omitempty"`
}

// BulkPair is an element of the body of PUT …/bulk.
type BulkPair struct {
	Key           string          `json:"key"`
	Value         *string         `json:"value"` // required; nil when the member is absent or null
	Base64        bool            `json:"base64,omitempty"`
	Expiration    *Seconds        `json:"expiration,omitempty"`     // Unix time
	ExpirationTTL *Seconds        `json:"expiration_ttl,omitempty"` // from now; wins over Expiration
	Metadata      json.RawMessage `json:"metadata,omitempty"`
}

// BulkResult is the answer of the bulk calls that write. HTTP says 200 even when
// some keys failed; those are to be sent again.
type BulkResult struct {
	SuccessfulKeyCount int      `json:"successful_key_count"`
	UnsuccessfulKeys   []string `json:"unsuccessful_keys"`
}

// BulkGetRequest is the body of POST …/bulk/get: 1 to 100 keys.
type BulkGetRequest struct {
	Keys         []string `json:"keys"`
	Type         string   `json:"type,omitempty"` // "text" (also "") or "json"
	WithMetadata bool     `json:"withMetadata,omitempty"`
}

// BulkGetResult is its answer. V is *string for text, json.RawMessage for json,
// and *BulkItem of these with metadata; a key that is not there is null.
type BulkGetResult[V any] struct {
	Values map[string]V `json:"values"`
}

// BulkItem is a key's entry in the answer of a bulk get with metadata.
type BulkItem[V any] struct {
	Value      V               `json:"value"`
	Metadata   json.RawMessage `json:"metadata"` // null when there is none
	Expiration int64           `json:"expiration,omitempty"`
}

// Seconds is a whole number of seconds. Clients in JavaScript and SDKs that hold
// all numbers as floating point may write it as 60.0 or 1.9e9.
type Seconds int64

var errNotSeconds = errors.New("a whole number of seconds is expected")

// UnmarshalJSON refuses fractions and numbers that an int64 cannot hold.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	n, err := ParseSeconds(string(b))
	if err == nil {
		*s = n
	}
	return err
}

// ParseSeconds reads a whole number of seconds, as in a query.
func ParseSeconds(text string) (Seconds, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return Seconds(n), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	decimal := !strings.ContainsAny(text, "_xX") // Go knows more spellings
	if err != nil || !decimal || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, fmt.Errorf("%w: %w", ErrShape, errNotSeconds)
	}
	return Seconds(f), nil
}
