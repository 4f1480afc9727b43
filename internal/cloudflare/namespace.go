package cloudflare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// Namespace returns a namespace of an account; it does not ask whether it exists.
func (c *Client) Namespace(account, id string) kv.Namespace {
	path, err := namespacePath(account, id)
	return &namespace{c: c, path: path, bad: err}
}

// namespace is a KV namespace over REST.
type namespace struct {
	c    *Client
	path string // of the namespace, below the base URL
	bad  error  // what every call answers when the ids make no path
}

// request builds a call below the namespace. For a call that names a key, the
// whole key is one escaped segment.
func (n *namespace) request(method, below string) (request, error) {
	return request{method: method, path: n.path + below}, n.bad
}

func (n *namespace) keyRequest(method, below, key string) (request, error) {
	if err := kv.CheckKey(key); err != nil {
		return request{}, err // "." and ".." would vanish from the path
	}
	return n.request(method, below+url.PathEscape(key))
}

// Get asks for value, metadata and expiration in one bulk request, which sees them
// as one record. Where that cannot be, as with values that are no text, it takes one
// request for the value and one for the metadata, and a put that lands between the
// two shows.
func (n *namespace) Get(ctx context.Context, key string) (kv.Item, error) {
	if err := kv.CheckKey(key); err != nil {
		return kv.Item{}, err
	}
	items, err := n.bulkGet(ctx, []string{key})
	if cannotBulk(err) {
		return n.getRaw(ctx, key)
	}
	if err != nil {
		return kv.Item{}, err
	}
	item, ok := items[key]
	if !ok {
		return kv.Item{}, fmt.Errorf("get: %w", kv.ErrKeyNotFound)
	}
	return item, nil
}

// cannotBulk says whether err is a bulk get that failed as such, so that asking for
// the keys alone may work: its values are no text or too large for one answer, the
// server does not have the route, or its answer has another form than is published.
func cannotBulk(err error) bool {
	var refused *APIError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case wire.CodeBulkGet, wire.CodeMalformedPath, wire.CodeMethodNotAllowed:
		return true
	case 0:
		return refused.Status == http.StatusOK
	}
	return refused.Status == http.StatusRequestEntityTooLarge
}

// fewerMay says whether err is a bulk get that fails for some of its values only.
func fewerMay(err error) bool {
	var refused *APIError
	return errors.As(err, &refused) && (refused.Code == wire.CodeBulkGet || refused.Status == http.StatusRequestEntityTooLarge)
}

func (n *namespace) getRaw(ctx context.Context, key string) (kv.Item, error) {
	item, err := n.value(ctx, key)
	if err != nil {
		return kv.Item{}, err
	}
	q, err := n.keyRequest(http.MethodGet, "/metadata/", key)
	if err != nil {
		return kv.Item{}, err
	}
	metadata, err := call[rawJSON](ctx, n.c, q, nil)
	item.Metadata = metadata.orNil()
	return item, err
}

// value reads the raw bytes, and the expiration from its header.
func (n *namespace) value(ctx context.Context, key string) (item kv.Item, err error) {
	q, err := n.keyRequest(http.MethodGet, "/values/", key)
	if err != nil {
		return kv.Item{}, err
	}
	err = n.c.send(ctx, q, func(res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return readEnvelope(q, res, &wire.Envelope[rawJSON]{})
		}
		item.Expiration, _ = strconv.ParseInt(res.Header.Get("Expiration"), 10, 64) // absent: never
		item.Value, err = readValue(res)
		return err
	})
	return item, err
}

func readValue(res *http.Response) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, max(min(res.ContentLength, kv.MaxValueBytes), 0)+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(res.Body, kv.MaxValueBytes+1)); err != nil {
		return nil, fmt.Errorf("read value: %w", err)
	}
	if b.Len() > kv.MaxValueBytes {
		return nil, fmt.Errorf("read value: %w", kv.ErrValueTooLarge)
	}
	return b.Bytes(), nil
}

// Put sends the bytes as they are, or, with metadata, as a form. Whether an
// expiration is far enough ahead is for the server's clock to say.
func (n *namespace) Put(ctx context.Context, p kv.Pair) error {
	if err := checkPair(p); err != nil {
		return err
	}
	q, err := n.keyRequest(http.MethodPut, "/values/", p.Key)
	if err != nil {
		return err
	}
	if p.Expiration != 0 {
		q.query = url.Values{"expiration": {strconv.FormatInt(p.Expiration, 10)}}
	}
	q.body = body{contentType: "application/octet-stream", parts: [][]byte{p.Value}}
	if p = p.Normalize(); p.Metadata != nil {
		if q.body, err = formBody(p.Item); err != nil {
			return err
		}
	}
	return n.c.exec(ctx, q)
}

// checkPair validates all of p but its expiration.
func checkPair(p kv.Pair) error {
	p.Expiration = 0
	return p.Validate(time.Time{})
}

// formBody is a multipart form of value and metadata. The value is not copied: it
// stands between what the form's writer put before and after it.
func formBody(item kv.Item) (body, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	err := w.WriteField("metadata", string(item.Metadata))
	if err == nil {
		_, err = w.CreateFormField("value")
	}
	before := form.Len()
	if err == nil {
		err = w.Close()
	}
	return body{
		contentType: w.FormDataContentType(),
		parts:       [][]byte{form.Bytes()[:before], item.Value, form.Bytes()[before:]},
	}, err
}

// Delete removes key.
func (n *namespace) Delete(ctx context.Context, key string) error {
	q, err := n.keyRequest(http.MethodDelete, "/values/", key)
	if err != nil {
		return err
	}
	return n.c.exec(ctx, q)
}

// List returns one page of keys. The real service may answer a page without keys
// that has a cursor; such a page is passed on as it is.
func (n *namespace) List(ctx context.Context, l kv.ListQuery) (kv.Page, error) {
	if err := l.Validate(); err != nil {
		return kv.Page{}, err
	}
	q, err := n.request(http.MethodGet, "/keys")
	if err != nil {
		return kv.Page{}, err
	}
	q.query = url.Values{"prefix": {l.Prefix}}
	if l.Limit != 0 {
		q.query.Set("limit", strconv.Itoa(l.Limit))
	}
	if l.Cursor != "" {
		q.query.Set("cursor", l.Cursor)
	}
	var info wire.CursorInfo
	keys, err := call[[]kv.KeyInfo](ctx, n.c, q, &info)
	if err != nil {
		return kv.Page{}, err
	}
	for i, k := range keys {
		keys[i].Metadata = rawJSON(k.Metadata).orNil()
	}
	return kv.Page{Keys: keys, Cursor: info.Cursor}, nil
}
