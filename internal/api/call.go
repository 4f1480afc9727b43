package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// call is one request on its way.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	path   *path  // nil until it is matched
	route  *route // nil if the path has no such method
	holder platform.Principal

	account, namespaceID, key, token string // of the path, decoded
	worker, version, item, consumer  string // item is a secret, a bucket, a database, …

	// Values of headers. They stand here as net/http wants slices, which would each
	// be an allocation of their own.
	ray, length, expiration [1]string

	gone   bool // the client takes no more of the answer
	status int  // sent; 0 before
	code   int  // Cloudflare's, of an error that was sent
}

// pattern is the path's pattern, for logs.
func (c *call) pattern() string {
	if c.path == nil {
		return ""
	}
	return "/" + strings.Join(c.path.segments, "/")
}

// namespace opens the data that the path names.
func (h *handler) namespace(c *call) (kv.Namespace, error) {
	return h.platform.Namespace(c.r.Context(), c.account, c.namespaceID)
}

// bulk is namespace for calls about many keys.
func (h *handler) bulk(c *call) (kv.Bulk, error) {
	ns, err := h.namespace(c)
	if err != nil {
		return nil, err
	}
	many, ok := ns.(kv.Bulk)
	if !ok {
		return nil, errInternal
	}
	return many, nil
}

// streams is namespace for calls about one value.
func (h *handler) streams(c *call) (streamer, error) {
	ns, err := h.namespace(c)
	if err != nil {
		return nil, err
	}
	streams, ok := ns.(streamer)
	if !ok {
		return nil, errInternal
	}
	return streams, nil
}

// streamer is a namespace whose values go in and out as streams.
type streamer interface {
	kv.Namespace
	kv.Streamer
}

// Header values that are the same in every answer.
var (
	typeJSON  = []string{"application/json; charset=UTF-8"}
	typeBytes = []string{"application/octet-stream"}
)

// Write sends bytes of the answer's body.
func (c *call) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if err != nil {
		c.gone = true
	}
	return n, err
}

// ok answers 200 with result in an envelope.
func (c *call) ok(result any) error { return c.json(http.StatusOK, wire.OK(result)) }

// done answers 200 with no result, as most writes do.
func (c *call) done() error {
	c.begin(http.StatusOK)
	_, _ = c.w.Write(nothing) // fails only when the client is gone
	return nil
}

// nothing is the envelope of a success without a result.
var nothing = func() []byte {
	text, err := json.Marshal(wire.OK[any](nil))
	if err != nil {
		panic(err) // it holds nothing that could not be written
	}
	return append(text, '\n')
}()

// begin sends the header of an answer in JSON.
func (c *call) begin(status int) {
	c.status = status
	c.w.Header()["Content-Type"] = typeJSON
	c.w.WriteHeader(status)
}

// json answers with an envelope.
func (c *call) json(status int, envelope any) error {
	c.begin(status)
	enc := json.NewEncoder(c.w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(envelope) // fails only when the client is gone
	return nil
}

// maxJSONBody bounds the small JSON bodies: titles, and the keys of a bulk get.
const maxJSONBody = 8 << 20

// decode reads a small JSON body, whatever Content-Type says: wrangler sends some
// JSON as text/plain.
func (c *call) decode(v any) error { return bodyError(wire.Object(c.body(maxJSONBody), v)) }

// query reads the query. What url.URL.Query drops without a word is refused, as a list
// whose prefix was lost would show every key; ";" is a character like any other.
func (c *call) query() (url.Values, error) {
	query, err := url.ParseQuery(strings.ReplaceAll(c.r.URL.RawQuery, ";", "%3B"))
	if err != nil {
		return nil, errQueryMalformed
	}
	return query, nil
}

// body is the request's body, which fails with *http.MaxBytesError past limit bytes,
// and with wire.ErrShape when the client breaks off.
func (c *call) body(limit int64) io.Reader {
	return brokenOff{http.MaxBytesReader(c.w, c.r.Body, limit)}
}

// brokenOff tells a body that ends too soon, or never arrives, from a failure of ours.
type brokenOff struct{ io.Reader }

func (b brokenOff) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == nil || err == io.EOF || errors.As(err, new(*http.MaxBytesError)) {
		return n, err
	}
	return n, fmt.Errorf("%w: it broke off", wire.ErrShape)
}
