// Package kvtest is the suite that everything implementing kv.Namespace passes: the
// store on disk, memory, and an account reached by the client over HTTP. It says in
// code what the contract in package kv says in words.
//
// Start with [Run]. [Clock] is a clock that tests move; [Faulty] is a namespace that
// lies on purpose, for whoever has to notice.
package kvtest

import (
	"sync"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Options say what the implementation offers besides the contract.
type Options struct {
	// Clock is the one by which the implementation judges expirations. Without it
	// that is time.Now, and what needs time to pass is skipped.
	Clock *Clock
	// Bulk says that namespaces implement kv.Bulk, which is then tested too.
	Bulk bool
	// Streams says that namespaces implement kv.Streamer, which is then tested too.
	Streams bool
}

// Run tests the namespaces that open returns: a new, empty one at each call.
func Run(t *testing.T, open func(t *testing.T) kv.Namespace, o Options) {
	s := suite{open: open, o: o}
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"values come back as they went in", s.testValues},
		{"keys of any text work", s.testKeys},
		{"keys outside the rules are refused", s.testKeysRefused},
		{"a key that is not there is not found", s.testMissing},
		{"metadata comes back as it went in", s.testMetadata},
		{"metadata outside the rules is refused", s.testMetadataRefused},
		{"a put replaces value, metadata and expiration", s.testReplace},
		{"a refused put changes nothing", s.testRefusedPut},
		{"expirations are kept and bounded", s.testExpirations},
		{"an expired key is gone", s.testExpired},
		{"a delete removes", s.testDelete},
		{"a list shows keys in byte order", s.testListOrder},
		{"a list keeps to its prefix", s.testListPrefix},
		{"a list limit outside the rules is refused", s.testListLimit},
		{"pages show every key once", s.testPages},
		{"a page holds a thousand keys by default", s.testDefaultPage},
		{"pages go on while keys come and go", s.testPagesUnderChange},
		{"a cursor of somebody else is refused", s.testCursorRefused},
		{"bytes belong to the caller", s.testOwnership},
		{"an ended context ends the call", s.testContext},
		{"no reader sees half a write", s.testTorn},
		{"writers do not disturb each other", s.testConcurrent},
	} {
		t.Run(test.name, test.run)
	}
	for _, test := range []struct {
		name    string
		offered bool
		run     func(*testing.T)
	}{
		{"bulk put, get and delete", o.Bulk, s.testBulk},
		{"bulk put is all or nothing", o.Bulk, s.testBulkAllOrNothing},
		{"bulk calls outside the rules are refused", o.Bulk, s.testBulkRefused},
		{"an expired key is gone from bulk get", o.Bulk, s.testBulkExpired},
		{"values go in and out as streams", o.Streams, s.testStreams},
		{"an upload is not seen before it is committed", o.Streams, s.testUploadUnseen},
		{"a value that is read stays what it was", o.Streams, s.testStreamHolds},
		{"streams do not disturb each other", o.Streams, s.testStreamsTogether},
	} {
		if test.offered {
			t.Run(test.name, test.run)
		}
	}
}

type suite struct {
	open func(t *testing.T) kv.Namespace
	o    Options
}

// now is the time by which the implementation judges.
func (s suite) now() time.Time {
	if s.o.Clock != nil {
		return s.o.Clock.Now()
	}
	return time.Now()
}

// Clock is a clock that stands still until it is moved. It is safe for concurrent
// use; its zero value is not useful.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows an arbitrary, always equal time.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)} }

// Now returns the time shown.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
