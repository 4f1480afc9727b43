// Package transfer moves what namespaces hold: between namespaces, wherever they are, files and folders. Values,
// metadata and absolute expirations are carried exactly.
//
// A [Source] is a place to read, a [Sink] one to write. [Namespace] is both; files are opened with [OpenFile] and made
// with [CreateFile], in the forms that docs/data.md describes. [Copy] moves what a source has into a sink.
//
// Memory is bounded whatever a place holds: a page of keys, a batch of [maxBatch] bytes and one value
// ([kv.MaxValueBytes]) at a time.
//
// The record that a namespace holds of itself ([fingerprint.Key]) says where it is, so it is never moved: a [Filter]
// leaves it out.
package transfer

import (
	"context"
	"iter"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Source is a place to read.
type Source interface {
	// Scan yields what is there, or the error that ends it. What changes meanwhile may be yielded as it was before or
	// as it is after.
	Scan(ctx context.Context, q Query) iter.Seq2[Entry, error]
	// Ordered says whether Scan yields in byte order of keys, each once.
	Ordered() bool
}

// Query is what is wanted of a source; the zero value wants all of it but fingerprints.
type Query struct {
	Filter   Filter
	From     Position
	KeysOnly bool // values are not wanted, and Entry has one only where it costs nothing
}

// Entry is a key that a source has.
type Entry struct {
	kv.Pair
	Size int64    // of the value in bytes; -1 where only the value would say and it was not wanted
	At   Position // from where a scan goes on behind this entry
}

// Position is where a scan stands; the zero value is the beginning. It is good for the source that it came from, and
// for any other that holds the same.
type Position struct {
	Cursor string `json:"cursor,omitempty"` // of a namespace: that of the page
	After  string `json:"after,omitempty"`  // of a namespace: the last key that was yielded
	Read   int64  `json:"read,omitempty"`   // of a file: how many entries were read, those that were left out too
}

// Sink is a place to write.
type Sink interface {
	// Put takes at most [kv.MaxBulkPut] pairs of different keys.
	Put(ctx context.Context, pairs []kv.Pair) error
}

// Writer is a file or folder in the making: a sink that nobody sees before Commit.
type Writer interface {
	Sink
	// Commit puts it in its place, whole and on disk.
	Commit() error
	// Close gives up what was not committed, and nothing of it stays.
	Close() error
}
