// Package platform is what our server keeps for its accounts: the accounts
// themselves, tokens, namespaces, and the keys of the data endpoints.
//
// Start with [Open], which takes a place for the platform's own records and one
// for the data of namespaces; kv/pebblekv and kv/memkv are both at once. Whoever
// answers requests then calls [Platform.Authenticate], asks the [Principal] it gets
// whether it may do what it asks for ([Principal.Allow]), and only then the rest.
//
// Accounts are walls: everything is looked up as (account, id), never by id alone.
// Tokens and API keys are random, shown once, kept as hashes and compared in
// constant time. Everything is in the records before it is acknowledged.
package platform

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Records keeps the platform's own records, ordered by key.
type Records interface {
	// Apply sets and removes records in one step that is atomic and durable when
	// it returns nil.
	Apply(ctx context.Context, set map[string][]byte, remove []string) error
	// Scan calls visit for every record whose key starts with prefix, in byte
	// order, until visit returns an error, which it then returns. The value is
	// visit's only until it returns; visit does not call back into the records.
	Scan(ctx context.Context, prefix string, visit func(key string, value []byte) error) error
}

// Data keeps the keys of namespaces, apart from each other.
type Data interface {
	// Namespace opens the namespace with this id, empty if it was never written to.
	Namespace(id string) kv.Namespace
	// DeleteNamespace removes all keys of a namespace, durably. Those who still
	// hold it open are answered kv.ErrNamespaceNotFound.
	DeleteNamespace(ctx context.Context, id string) error
}

// Options tune a platform; the zero value is right outside tests.
type Options struct {
	Now  func() time.Time // nil means time.Now
	Rand io.Reader        // of ids, tokens and API keys, safe for concurrent use; nil means crypto/rand
}

// Platform is safe for concurrent use.
type Platform struct {
	records Records
	data    Data
	now     func() time.Time
	rand    io.Reader

	// Lookups on the path of a request go through these without a lock.
	accounts sync.Map // id string → *account
	tokens   sync.Map // digest → *token
	apiKeys  atomic.Pointer[[]*apiKey]

	// changes is held while accounts, tokens or API keys change; those of
	// namespaces lock their account only.
	changes sync.Mutex
}

// Open reads accounts, tokens and API keys; the namespaces of an account are read
// when the account is first asked for them, so that a server with many starts at
// once. Deletions of namespaces that were interrupted are finished.
func Open(records Records, data Data, o Options) (*Platform, error) {
	p := &Platform{records: records, data: data, now: o.Now, rand: o.Rand}
	if p.now == nil {
		p.now = time.Now
	}
	if p.rand == nil {
		p.rand = rand.Reader
	}
	ctx := context.Background()
	for _, load := range []func(context.Context) error{p.loadAccounts, p.loadTokens, p.loadAPIKeys, p.finishDeletions} {
		if err := load(ctx); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// ValidID says whether id has the form of an account's or a namespace's id: 32
// lower-case hex digits.
func ValidID(id string) bool {
	return len(id) == 32 && only(id, isHexDigit)
}

// newID makes a random id of that form: a UUID of version 4 without its dashes, as those
// of Cloudflare's namespaces are.
func (p *Platform) newID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(p.rand, b[:]); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return hex.EncodeToString(b[:]), nil
}
