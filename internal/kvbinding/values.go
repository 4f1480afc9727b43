package kvbinding

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// metadataHeader carries the metadata of one pair, as JSON, both ways. It is in the
// form that net/http keeps it in.
const metadataHeader = "Cf-Kv-Metadata"

// typeBytes keeps net/http from guessing.
var typeBytes = []string{"application/octet-stream"}

// get answers the bytes of a value, whatever type the Worker asked for: workerd converts.
func (h *handler) get(w http.ResponseWriter, r *http.Request, ns namespace, c call) error {
	if err := checkKey(c.key); err != nil {
		return err
	}
	options, err := c.options()
	if err != nil {
		return err
	}
	if err := checkCacheTTL(options.Get("cache_ttl")); err != nil {
		return err
	}
	item, err := ns.Open(r.Context(), c.key)
	if err != nil {
		return err
	}
	defer item.Value.Close()
	header := w.Header()
	header["Content-Type"] = typeBytes
	header["Content-Length"] = []string{strconv.FormatInt(item.Size, 10)}
	if item.Metadata != nil {
		header[metadataHeader] = []string{string(item.Metadata)} // net/http makes blanks of line breaks
	}
	if item.Expiration != 0 {
		header["Cf-Expiration"] = []string{strconv.FormatInt(item.Expiration, 10)}
	}
	w.WriteHeader(http.StatusOK)
	if _, err := io.Copy(w, item.Value); err != nil {
		h.cut(r.Context(), c, err)
	}
	return nil
}

// wholeBytes is the size up to which a value of known length is put in one step. Any
// other goes into the store piece by piece.
const wholeBytes = 64 << 10

// put stores the body. All that can be judged without it is judged before.
func (h *handler) put(w http.ResponseWriter, r *http.Request, ns namespace, c call) error {
	if err := checkKey(c.key); err != nil {
		return err
	}
	options, err := c.options()
	if err != nil {
		return err
	}
	p := kv.Pair{Key: c.key}
	if p.Expiration, err = expiration(options, h.now()); err != nil {
		return err
	}
	if p.Metadata, err = metadata(r.Header); err != nil {
		return err
	}
	switch {
	case r.ContentLength > kv.MaxValueBytes:
		return valueTooLarge(r.ContentLength)
	case r.ContentLength < 0 || r.ContentLength > wholeBytes:
		err = h.upload(r, ns, p)
	default:
		p.Value = make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, p.Value); err != nil {
			return errBrokenOff
		}
		if err = h.admitPut(r, p.Key); err == nil {
			err = ns.Put(r.Context(), p)
		}
	}
	if err != nil {
		return err
	}
	done(w)
	return nil
}

// metadata reads that of a put; nil if it has none.
func metadata(header http.Header) (json.RawMessage, error) {
	text := header.Get(metadataHeader)
	switch {
	case text == "":
		return nil, nil
	case len(text) > kv.MaxMetadataBytes:
		return nil, refused(http.StatusRequestEntityTooLarge, "Metadata length of %d exceeds limit of %d.", len(text), kv.MaxMetadataBytes)
	case !json.Valid([]byte(text)):
		return nil, refused(http.StatusBadRequest, "Metadata must be valid JSON.")
	}
	return json.RawMessage(text), nil
}

// errBrokenOff is for nobody: who sent half a body has gone.
var errBrokenOff = refused(http.StatusBadRequest, "")

// upload puts a value that is not to be in memory whole.
func (h *handler) upload(r *http.Request, ns namespace, p kv.Pair) error {
	to, err := ns.Upload(r.Context(), p.Key)
	if err != nil {
		return err
	}
	defer to.Close()
	body := &counter{Reader: r.Body}
	_, err = io.Copy(to, body)
	switch {
	case body.broken:
		return errBrokenOff
	case errors.Is(err, kv.ErrValueTooLarge):
		return valueTooLarge(body.read + drain(r))
	case err != nil:
		return err
	}
	if r.ContentLength < 0 && hungUp(r) {
		return errBrokenOff
	}
	if err := h.admitPut(r, p.Key); err != nil {
		return err
	}
	return to.Commit(p.Metadata, p.Expiration)
}

// hangUpTime is how long a put waits for its sender to hang up.
const hangUpTime = 5 * time.Millisecond

// hungUp says whether the sender of a body of unknown length has gone. When the stream
// that a Worker puts breaks, workerd ends the body as if it were complete, and closes the
// connection in the same breath: a value cut short must not replace a whole one.
func hungUp(r *http.Request) bool {
	select {
	case <-r.Context().Done():
		return true
	case <-time.After(hangUpTime):
		return false
	}
}

// counter tells what went wrong with a body from what went wrong with the store.
type counter struct {
	io.Reader
	read   int64
	broken bool
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += int64(n)
	c.broken = err != nil && err != io.EOF
	return n, err
}
