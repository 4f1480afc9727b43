package api

import (
	"fmt"
	"math"
	"net/url"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// lifetime is when a pair ends, as the request puts it. If both are given the time
// to live counts and the other is not even looked at.
type lifetime struct {
	at  *wire.Seconds // Unix time
	ttl *wire.Seconds // from now
}

// lifetime reads the query of a put.
func (c *call) lifetime() (l lifetime, err error) {
	if c.r.URL.RawQuery == "" {
		return l, nil
	}
	query, err := c.query()
	if err != nil {
		return l, err
	}
	if l.ttl, err = seconds(query, "expiration_ttl"); err != nil {
		return l, fmt.Errorf("%w: %s", errTTLNotPositive, query.Get("expiration_ttl"))
	}
	if l.ttl != nil {
		return l, nil
	}
	if l.at, err = seconds(query, "expiration"); err != nil {
		return l, fmt.Errorf("%w: %s", errExpirationMalformed, query.Get("expiration"))
	}
	return l, nil
}

// seconds reads a whole number; nil if the query does not have it.
func seconds(query url.Values, name string) (*wire.Seconds, error) {
	text := query.Get(name)
	if text == "" {
		return nil, nil
	}
	n, err := wire.ParseSeconds(text)
	return &n, err
}

// expiration is the absolute time in Unix seconds, 0 for never. An expiration is
// judged with the pair that it belongs to; a time to live is judged here, as after
// the addition nobody knows it any more.
func (l lifetime) expiration(now time.Time) (int64, error) {
	if l.ttl == nil {
		switch {
		case l.at == nil:
			return 0, nil
		case *l.at == 0: // in a pair 0 means never
			return 0, &kv.ExpirationError{Past: true}
		}
		return int64(*l.at), nil
	}
	ttl := int64(*l.ttl)
	// Whoever stores the pair looks at its own clock a moment later, and refuses
	// what is less than kv.MinTTL ahead: round up.
	base := now.Add(time.Second - time.Nanosecond).Unix()
	switch {
	case ttl <= 0, ttl > math.MaxInt64-base:
		return 0, fmt.Errorf("%w: %d", errTTLNotPositive, ttl)
	case ttl < int64(kv.MinTTL/time.Second):
		return 0, fmt.Errorf("%w: %d", errTTLTooShort, ttl)
	}
	return base + ttl, nil
}
