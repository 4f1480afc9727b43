package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// getValue answers the stored bytes. It is the path that nearly all requests take:
// no JSON, and nothing allocated per request but what the headers need.
func (h *handler) getValue(c *call) error {
	ns, err := h.namespace(c)
	if err != nil {
		return err
	}
	item, err := ns.Get(c.r.Context(), c.key)
	if err != nil {
		return err
	}
	header := c.w.Header()
	header["Content-Type"] = typeBytes
	c.length[0] = strconv.Itoa(len(item.Value))
	header["Content-Length"] = c.length[:]
	if item.Expiration != 0 {
		c.expiration[0] = strconv.FormatInt(item.Expiration, 10)
		header["Expiration"] = c.expiration[:]
	}
	c.status = http.StatusOK
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(item.Value) // fails only when the client is gone
	return nil
}

func (h *handler) getMetadata(c *call) error {
	ns, err := h.namespace(c)
	if err != nil {
		return err
	}
	item, err := ns.Get(c.r.Context(), c.key)
	if err != nil {
		return err
	}
	return c.ok(item.Metadata) // null if the key has none
}

func (h *handler) deleteValue(c *call) error {
	ns, err := h.namespace(c)
	if err != nil {
		return err
	}
	if err := ns.Delete(c.r.Context(), c.key); err != nil {
		return err
	}
	return c.ok(nil)
}

// putValue takes the body as the value, whatever Content-Type says, unless it is a
// form. What can be refused without reading the body is refused before.
func (h *handler) putValue(c *call) error {
	ns, err := h.namespace(c)
	if err != nil {
		return err
	}
	if err := kv.CheckKey(c.key); err != nil {
		return err
	}
	life, err := c.lifetime()
	if err != nil {
		return err
	}
	pair := kv.Pair{Key: c.key}
	kind, parameters, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		err = c.readForm(&pair, parameters["boundary"])
	} else {
		pair.Value, err = readValue(c.body(kv.MaxValueBytes), c.r.ContentLength)
	}
	if err != nil {
		return err
	}
	if pair.Expiration, err = life.expiration(h.now()); err != nil {
		return err
	}
	if err := ns.Put(c.r.Context(), pair); err != nil {
		return err
	}
	return c.ok(nil)
}

// readForm takes the parts "value" and "metadata", fields or files, in any order.
// Others are ignored: SDKs that flatten metadata into metadata.a, metadata.b lose it
// on the real service too.
func (c *call) readForm(pair *kv.Pair, boundary string) error {
	if boundary == "" {
		return fmt.Errorf("%w: a form without boundary", wire.ErrShape)
	}
	const overhead = 1 << 20 // for metadata, headers and parts that are ignored
	form := multipart.NewReader(c.body(kv.MaxValueBytes+overhead), boundary)
	found := false
	for {
		part, err := form.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return formError(err)
		}
		switch part.FormName() {
		case "value":
			found = true
			pair.Value, err = readValue(part, -1)
		case "metadata":
			pair.Metadata, err = readMetadata(part)
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("%w: the form has no part named value", wire.ErrShape)
	}
	return nil
}

// formError tells a form that is none from one that is too long or broke off.
func formError(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return bodyError(err)
	}
	return fmt.Errorf("%w: not a form", wire.ErrShape)
}

// readValue reads up to kv.MaxValueBytes. size is what is expected, -1 if unknown.
func readValue(r io.Reader, size int64) ([]byte, error) {
	if size > kv.MaxValueBytes {
		return nil, fmt.Errorf("%w: value length of %d exceeds limit of %d", kv.ErrValueTooLarge, size, kv.MaxValueBytes)
	}
	b := bytes.NewBuffer(make([]byte, 0, max(size, 0)+bytes.MinRead))
	_, err := b.ReadFrom(io.LimitReader(r, kv.MaxValueBytes+1))
	var long *http.MaxBytesError
	switch {
	case b.Len() > kv.MaxValueBytes, errors.As(err, &long):
		return nil, fmt.Errorf("%w: value length exceeds limit of %d", kv.ErrValueTooLarge, kv.MaxValueBytes)
	case err != nil:
		return nil, fmt.Errorf("%w: it broke off", wire.ErrShape)
	}
	return b.Bytes(), nil
}

// readMetadata reads the text of a form's metadata.
func readMetadata(r io.Reader) (json.RawMessage, error) {
	const most = 64 << 10 // before blanks are taken out
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return nil, formError(err)
	case len(text) > most:
		return nil, fmt.Errorf("%w: metadata length exceeds limit of %d", kv.ErrMetadataTooLarge, kv.MaxMetadataBytes)
	}
	return compactMetadata(text)
}

// compactMetadata makes of metadata what is stored and counted: without blanks, and
// nothing for null, which no answer could tell from none.
func compactMetadata(text []byte) (json.RawMessage, error) {
	var b bytes.Buffer
	if !utf8.Valid(text) || json.Compact(&b, text) != nil {
		return nil, kv.ErrMetadataInvalid
	}
	if b.String() == "null" {
		return nil, nil
	}
	return b.Bytes(), nil
}
