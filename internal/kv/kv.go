// Package kv says what a Workers KV namespace is: its types, limits, errors, and
// the contract that everything holding one implements.
//
// Three things implement [Namespace]: the store on disk (kv/pebblekv), memory
// (kv/memkv, for tests), and an account reached over Cloudflare's REST API
// (cloudflare.Client.Namespace). The self-test and everything that moves data are
// written once, against it; kv/kvtest is the suite that each of the three passes.
//
// The package knows neither HTTP nor disks. What a store must refuse is decided
// here, so that all refuse alike: by [CheckKey], [Pair.Validate] and
// [ListQuery.Validate], for bulk calls by [CheckKeys] and [ValidatePairs]. So is the
// form of a cursor ([MakeCursor], [ReadCursor]).
package kv

import (
	"context"
	"encoding/json"
)

// Namespace is one KV namespace: keys with values, metadata and expirations.
// Implementations are safe for concurrent use. A value, its metadata and its
// expiration are one record: no reader sees one without the others.
//
// A write that returned nil is seen by every read that begins afterwards. Bytes
// belong to the caller: an implementation keeps none that it was handed, and hands
// out none that it keeps. Once the namespace has been deleted, every method
// returns ErrNamespaceNotFound; once ctx has ended, its error.
type Namespace interface {
	// Get returns the item stored under key, or ErrKeyNotFound if there is none or
	// it has expired.
	Get(ctx context.Context, key string) (Item, error)
	// Put stores p, replacing value, metadata and expiration together. When it
	// returns nil the pair is durable.
	Put(ctx context.Context, p Pair) error
	// Delete removes key. Deleting a key that is not there is no error.
	Delete(ctx context.Context, key string) error
	// List returns one page of keys in byte order. Expired keys are left out.
	List(ctx context.Context, q ListQuery) (Page, error)
}

// Bulk is what a namespace offers for many keys at once. Limits are those of the
// REST API: MaxBulkPut pairs, MaxBulkDelete keys, MaxBulkGet keys a call.
type Bulk interface {
	// GetMany returns the items found; keys that are not there are absent from the
	// map. It does not bound the bytes of the answer: whoever offers
	// MaxBulkGetBytes counts them.
	GetMany(ctx context.Context, keys []string) (map[string]Item, error)
	// PutMany stores all pairs or, when one of them is invalid, none. Of two pairs
	// with one key the later wins.
	PutMany(ctx context.Context, pairs []Pair) error
	// DeleteMany removes all keys; those that are not there are no error.
	DeleteMany(ctx context.Context, keys []string) error
}

// Item is what is stored under a key.
type Item struct {
	Value      []byte
	Metadata   json.RawMessage // any JSON value; nil when there is none; a put takes JSON null for none
	Expiration int64           // Unix seconds; 0 when the key never expires
}

// Pair is a key with what is to be stored under it. Expiration is absolute, in
// Unix seconds (0: never). A caller that has a time to live adds it to its own
// clock first; the REST API does the same when it accepts expiration_ttl.
type Pair struct {
	Key string
	Item
}

// KeyInfo is a key as a list shows it.
type KeyInfo struct {
	Name       string          `json:"name"`
	Expiration int64           `json:"expiration,omitempty"` // Unix seconds
	Metadata   json.RawMessage `json:"metadata,omitempty"`
}

// ListQuery asks for one page of keys. The zero value asks for the first
// MaxListLimit keys.
type ListQuery struct {
	Prefix string
	Limit  int    // 0 means MaxListLimit; otherwise MinListLimit…MaxListLimit
	Cursor string // from Page.Cursor of the page before, with the same prefix
}

// Page is one page of a list. Cursor is empty on the last page, and only there.
type Page struct {
	Keys   []KeyInfo
	Cursor string
}
