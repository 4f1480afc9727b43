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
// no JSON, and nothing allocated per request but what the headers need. A large value
// goes from the store to the client in pieces.
func (h *handler) getValue(c *call) error {
	ns, err := h.streams(c)
	if err != nil {
		return err
	}
	item, err := ns.Open(c.r.Context(), c.key)
	if err != nil {
		return err
	}
	defer item.Value.Close()
	header := c.w.Header()
	header["Content-Type"] = typeBytes
	c.length[0] = strconv.FormatInt(item.Size, 10)
	header["Content-Length"] = c.length[:]
	if item.Expiration != 0 {
		c.expiration[0] = strconv.FormatInt(item.Expiration, 10)
		header["Expiration"] = c.expiration[:]
	}
	c.status = http.StatusOK
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(c, item.Value); err != nil {
		h.cut(c, err)
	}
	return nil
}

// cut ends an answer that cannot be finished: the connection is closed, so that nobody
// takes half a value for a whole one.
func (h *handler) cut(c *call, err error) {
	if !c.gone {
		h.log.Error("answer cut off", keyRay, c.ray[0], keyRoute, c.pattern(), keyError, err)
	}
	panic(http.ErrAbortHandler)
}

func (h *handler) getMetadata(c *call) error {
	ns, err := h.streams(c)
	if err != nil {
		return err
	}
	item, err := ns.Open(c.r.Context(), c.key) // of a large value, the record alone
	if err != nil {
		return err
	}
	defer item.Value.Close()
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
	return c.done()
}

// putValue takes the body as the value, whatever Content-Type says, unless it is a
// form. What can be refused without reading the body is refused before.
func (h *handler) putValue(c *call) error {
	ns, err := h.streams(c)
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
	in := &incoming{ns: ns, ctx: c.r.Context(), key: c.key}
	defer in.close()
	var metadata json.RawMessage
	kind, parameters, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		metadata, err = c.readForm(in, parameters["boundary"])
	} else {
		err = in.receive(c.body(kv.MaxValueBytes), c.r.ContentLength)
	}
	if err != nil {
		return err
	}
	expiration, err := life.expiration(h.now())
	if err != nil {
		return err
	}
	if err := h.pace.Admit(c.account, c.namespaceID, c.key, h.now()); err != nil {
		return err
	}
	if err := in.commit(metadata, expiration); err != nil {
		return err
	}
	return c.done()
}

// readForm takes the parts "value" and "metadata", fields or files, in any order.
// Others are ignored: SDKs that flatten metadata into metadata.a, metadata.b lose it
// on the real service too.
func (c *call) readForm(in *incoming, boundary string) (metadata json.RawMessage, err error) {
	if boundary == "" {
		return nil, fmt.Errorf("%w: a form without boundary", wire.ErrShape)
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
			return nil, formError(err)
		}
		switch part.FormName() {
		case "value":
			found = true
			err = in.receive(part, -1)
		case "metadata":
			metadata, err = readMetadata(part)
		}
		if err != nil {
			return nil, err
		}
	}
	if !found {
		return nil, fmt.Errorf("%w: the form has no part named value", wire.ErrShape)
	}
	return metadata, nil
}

// formError tells a form that is none from one that is too long or broke off.
func formError(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return bodyError(err)
	}
	return fmt.Errorf("%w: not a form", wire.ErrShape)
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
