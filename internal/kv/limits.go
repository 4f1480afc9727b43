package kv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Limits of Workers KV. Source: Cloudflare's "Workers KV limits" page and the
// published OpenAPI description of the KV endpoints.
const (
	MaxKeyBytes      = 512              // bytes of UTF-8
	MaxValueBytes    = 25 << 20         // 25 MiB
	MaxMetadataBytes = 1024             // bytes of serialised JSON
	MinTTL           = 60 * time.Second // an expiration lies at least this far ahead
	MaxBulkPut       = 10_000           // pairs a request
	MaxBulkPutBytes  = 100_000_000      // bytes of request body
	MaxBulkDelete    = 10_000           // keys a request
	MaxBulkGet       = 100              // keys a request
	MaxBulkGetBytes  = 25 << 20         // bytes of values in one answer
	MinListLimit     = 10
	MaxListLimit     = 1000 // also the default
	MaxTitleLength   = 512  // characters
	MaxNamespaces    = 1000 // an account
)

// CheckKey says whether key may name a value: 1 to MaxKeyBytes bytes of UTF-8,
// and neither "." nor "..", which URL parsers remove from a path.
func CheckKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("%w: it is empty", ErrKeyInvalid)
	case key == "." || key == "..":
		return fmt.Errorf("%w: %q is not allowed", ErrKeyInvalid, key)
	case !utf8.ValidString(key):
		return fmt.Errorf("%w: it is not UTF-8", ErrKeyInvalid)
	case len(key) > MaxKeyBytes:
		return fmt.Errorf("%w: UTF-8 encoded length of %d exceeds key length limit of %d", ErrKeyTooLong, len(key), MaxKeyBytes)
	}
	return nil
}

// Validate says whether p may be stored at the time now.
func (p Pair) Validate(now time.Time) error {
	if err := CheckKey(p.Key); err != nil {
		return err
	}
	if len(p.Value) > MaxValueBytes {
		return fmt.Errorf("%w: value length of %d exceeds limit of %d", ErrValueTooLarge, len(p.Value), MaxValueBytes)
	}
	if len(p.Metadata) > 0 {
		if !json.Valid(p.Metadata) {
			return ErrMetadataInvalid
		}
		if len(p.Metadata) > MaxMetadataBytes {
			return fmt.Errorf("%w: metadata length of %d exceeds limit of %d", ErrMetadataTooLarge, len(p.Metadata), MaxMetadataBytes)
		}
	}
	if p.Expiration != 0 {
		switch {
		case p.Expiration <= now.Unix():
			return &ExpirationError{Expiration: p.Expiration, Past: true}
		case p.Expiration < now.Add(MinTTL).Unix():
			return &ExpirationError{Expiration: p.Expiration}
		}
	}
	return nil
}

// CheckKeys says whether keys may be asked for in one bulk call of at most limit
// keys: ErrTooMany, or what CheckKey says of the first that is refused.
func CheckKeys(keys []string, limit int) error {
	if len(keys) > limit {
		return fmt.Errorf("%w: %d keys, at most %d", ErrTooMany, len(keys), limit)
	}
	for i, key := range keys {
		if err := CheckKey(key); err != nil {
			return fmt.Errorf("key %d: %w", i, err)
		}
	}
	return nil
}

// ValidatePairs says whether pairs may be stored in one bulk call at the time now:
// ErrTooMany, or what Validate says of the first that is refused.
func ValidatePairs(pairs []Pair, now time.Time) error {
	if len(pairs) > MaxBulkPut {
		return fmt.Errorf("%w: %d pairs, at most %d", ErrTooMany, len(pairs), MaxBulkPut)
	}
	size := 0
	for i, p := range pairs {
		if err := p.Validate(now); err != nil {
			return fmt.Errorf("pair %d: %w", i, err)
		}
		size += len(p.Key) + len(p.Value) + len(p.Metadata)
	}
	if size > MaxBulkPutBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooMany, size, MaxBulkPutBytes)
	}
	return nil
}

// Normalize returns p as a store keeps it: no metadata is nil, however it was said.
func (p Pair) Normalize() Pair {
	if len(p.Metadata) == 0 || string(bytes.TrimSpace(p.Metadata)) == "null" {
		p.Metadata = nil
	}
	return p
}

// Validate says whether q is within the limits; it does not look at the cursor,
// which only the store that made it can read.
func (q ListQuery) Validate() error {
	if q.Limit != 0 && (q.Limit < MinListLimit || q.Limit > MaxListLimit) {
		return fmt.Errorf("%w: %d is outside %d to %d", ErrLimitInvalid, q.Limit, MinListLimit, MaxListLimit)
	}
	return nil
}

// PageSize is the number of keys that q asks for.
func (q ListQuery) PageSize() int {
	if q.Limit == 0 {
		return MaxListLimit
	}
	return q.Limit
}

// Expired says whether an item with this expiration (Unix seconds, 0 for never)
// is gone at the time now.
func Expired(expiration int64, now time.Time) bool {
	return expiration != 0 && expiration <= now.Unix()
}

// ExpirationError refuses an expiration that lies in the past or nearer than
// MinTTL. Its words are those of the runtime.
type ExpirationError struct {
	Expiration int64 // Unix seconds
	Past       bool
}

func (e *ExpirationError) Error() string {
	n := strconv.FormatInt(e.Expiration, 10)
	if e.Past {
		return "Invalid expiration of " + n + ". Please specify integer greater than the current number of seconds since the UNIX epoch."
	}
	return "Invalid expiration of " + n + ". Expiration times must be at least 60 seconds in the future."
}

// Is makes errors.Is(err, ErrExpirationInvalid) hold.
func (e *ExpirationError) Is(target error) bool { return target == ErrExpirationInvalid }
