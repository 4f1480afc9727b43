// Package fingerprint is the record that a namespace holds of itself: one reserved key that says which account,
// namespace, Worker and environment it was made for. The lock holds the record's digest. Who reads both knows whether
// a binding leads to the namespace that was agreed, and not to one that answers just as well.
//
// [Seal] writes the record, [Read] reads it, and [Judge] says what it means for a binding.
//
// A namespace is sealed once. The record costs one write then, and a read each time that somebody looks.
package fingerprint

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Key is the reserved key. Whoever moves data between namespaces must leave it where it is.
const Key = "__bindery__/fingerprint"

// version of the record's form.
const version = 1

// Record is what a namespace says of itself.
type Record struct {
	Version     int       `json:"version"`
	Account     string    `json:"account_id"`
	Namespace   string    `json:"namespace_id"`
	Title       string    `json:"title"` // when it was sealed
	Worker      string    `json:"worker"`
	Environment string    `json:"environment"` // "" is the top level
	Sealed      time.Time `json:"sealed_on"`
	Nonce       string    `json:"nonce"` // 32 hex digits, at random: a record made again is another one
}

var (
	// ErrUnsealed: the namespace holds no record.
	ErrUnsealed = errors.New("the namespace is not sealed")
	// ErrDamaged: what is under Key is no record.
	ErrDamaged = errors.New("the fingerprint of the namespace cannot be read")
)

// SealedError: the namespace was sealed before, for something else.
type SealedError struct{ Record Record }

func (e *SealedError) Error() string {
	return "the namespace is sealed for " + e.Record.Whose()
}

// Whose says in words whom the record was made for.
func (r Record) Whose() string {
	environment := "the top level"
	if r.Environment != "" {
		environment = fmt.Sprintf("environment %q", r.Environment)
	}
	return fmt.Sprintf("%s of Worker %q in account %s", environment, r.Worker, r.Account)
}

// sameSeal says whether two records are for the same namespace and environment.
func (r Record) sameSeal(o Record) bool {
	return r.Account == o.Account && r.Namespace == o.Namespace && r.Worker == o.Worker && r.Environment == o.Environment
}

// digest is what the lock keeps of a record: sha256: and 64 hex digits, of its bytes as they are stored.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Read returns the record of a namespace and its digest: ErrUnsealed, ErrDamaged, or what the namespace says.
func Read(ctx context.Context, ns kv.Namespace) (Record, string, error) {
	item, err := ns.Get(ctx, Key)
	if errors.Is(err, kv.ErrKeyNotFound) {
		return Record{}, "", ErrUnsealed
	}
	if err != nil {
		return Record{}, "", fmt.Errorf("read the fingerprint: %w", err)
	}
	var r Record
	if err := json.Unmarshal(item.Value, &r); err != nil || r.Version == 0 || r.Namespace == "" {
		return Record{}, digest(item.Value), ErrDamaged
	}
	return r, digest(item.Value), nil
}

// Seal writes the record of a namespace that has none, and returns its digest. One that is sealed for the same keeps
// its record, whose digest is returned. *SealedError if it is sealed for something else.
func Seal(ctx context.Context, ns kv.Namespace, r Record, now time.Time) (string, error) {
	before, sum, err := Read(ctx, ns)
	switch {
	case err == nil && before.sameSeal(r):
		return sum, nil
	case err == nil:
		return "", &SealedError{before}
	case !errors.Is(err, ErrUnsealed) && !errors.Is(err, ErrDamaged):
		return "", err
	}
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	r.Version, r.Sealed, r.Nonce = version, now.UTC().Truncate(time.Second), hex.EncodeToString(nonce[:])
	text, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	if err := ns.Put(ctx, kv.Pair{Key: Key, Item: kv.Item{Value: text}}); err != nil {
		return "", fmt.Errorf("write the fingerprint: %w", err)
	}
	return digest(text), nil
}
