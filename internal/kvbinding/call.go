package kvbinding

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// operation is what a Worker asked for, by the name that an error of workerd gives it.
type operation string

const (
	opGet     operation = "GET" // getWithMetadata too
	opBulkGet operation = "GET_BULK"
	opPut     operation = "PUT"
	opDelete  operation = "DELETE"
	opList    operation = "LIST"
)

// call is a request's line, read.
type call struct {
	op    operation
	key   string // decoded; of get, put and delete
	query string // raw
}

// plainQuery is that of a call without options. Every call about one key says so that
// its key is encoded.
const plainQuery = "urlencoded=true"

// parse reads a request's line as it was sent: a parsed path would lose keys such as
// "a//b" and "../x", and whether a slash was encoded. The key is not judged.
func parse(method, uri string) (c call, err error) {
	path, query, _ := strings.Cut(uri, "?")
	c.query = query
	switch {
	case method == http.MethodGet && path == "/":
		c.op = opList
		return c, nil
	case method == http.MethodPost && path == "/bulk/get": // the key bulk/get has %2F
		c.op = opBulkGet
		return c, nil
	case method == http.MethodGet:
		c.op = opGet
	case method == http.MethodPut:
		c.op = opPut
	case method == http.MethodDelete:
		c.op = opDelete
	default:
		return c, refused(http.StatusMethodNotAllowed, "")
	}
	encoded, ok := strings.CutPrefix(path, "/")
	if !ok {
		return c, refused(http.StatusBadRequest, "")
	}
	if c.key, err = url.PathUnescape(encoded); err != nil {
		return c, errKeyEncoding
	}
	return c, nil
}

// options reads the query.
func (c call) options() (url.Values, error) {
	if c.query == plainQuery || c.query == "" {
		return nil, nil
	}
	options, err := url.ParseQuery(c.query)
	if err != nil {
		return nil, refused(http.StatusBadRequest, "")
	}
	return options, nil
}

// minCacheTTL is the least time, in seconds, for which a Worker may let a value be
// cached. Source: miniflare, since November 2025; it was 60 before.
const minCacheTTL = 30

// checkCacheTTL judges what a get says about caching ("" is nothing). Nothing is cached
// here: every get sees the last put.
func checkCacheTTL(text string) error {
	if text == "" {
		return nil
	}
	if ttl, err := strconv.ParseFloat(text, 64); err != nil || !(ttl >= minCacheTTL) {
		return refused(http.StatusBadRequest, "Invalid cache_ttl of %s. Cache TTL must be at least %d.", text, minCacheTTL)
	}
	return nil
}

// expiration is when a pair ends, in Unix seconds, 0 for never. If a time to live is
// given the other is not looked at.
func expiration(options url.Values, now time.Time) (int64, error) {
	if text := options.Get("expiration_ttl"); text != "" {
		// Whoever stores the pair looks at its own clock a moment later, and refuses
		// what is less than kv.MinTTL ahead: round up.
		base := now.Add(time.Second - time.Nanosecond).Unix()
		ttl, err := strconv.ParseInt(text, 10, 64)
		switch {
		case err != nil, ttl <= 0, ttl > math.MaxInt64-base:
			return 0, refused(http.StatusBadRequest, "Invalid expiration_ttl of %s. Please specify integer greater than 0.", text)
		case ttl < int64(kv.MinTTL/time.Second):
			return 0, refused(http.StatusBadRequest, "Invalid expiration_ttl of %s. Expiration TTL must be at least %d.", text, kv.MinTTL/time.Second)
		}
		return base + ttl, nil
	}
	text := options.Get("expiration")
	if text == "" {
		return 0, nil
	}
	at, err := strconv.ParseInt(text, 10, 64)
	if err != nil || at == 0 { // in a pair 0 means never
		return 0, refused(http.StatusBadRequest, "%s", (&kv.ExpirationError{Expiration: at, Past: true}).Error())
	}
	return at, (kv.Pair{Key: "-", Item: kv.Item{Expiration: at}}).Validate(now)
}
