package r2

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
)

// Headers of the protocol between workerd and a bucket.
const (
	headerRequest = "CF-R2-Request"       // of what reads: the request, JSON
	headerSize    = "CF-R2-Metadata-Size" // of the JSON before the value, in bytes
	headerError   = "CF-R2-Error"
)

// maxRequest bounds the JSON of a request: 1000 keys of the largest size, each byte escaped.
const maxRequest = 8 << 20

// Handler serves an R2 binding: what workerd asks of the bucket that open returns.
//
// Source: workerd's r2-api.capnp, and experiments with workerd 2026-04-26 and 2026-11-17.
func Handler(open func(context.Context) (*Bucket, error), log *slog.Logger) http.Handler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &handler{open, log}
}

type handler struct {
	open func(context.Context) (*Bucket, error)
	log  *slog.Logger
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h.serve(w, r)
	if err == nil {
		return
	}
	// workerd takes an answer that comes before it has sent everything for a broken connection.
	_, _ = io.Copy(io.Discard, r.Body)
	h.fail(w, r, err, nil)
}

// fail answers an error, with an object where one comes along.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error, o *Object) {
	var known *Error
	if !errors.As(err, &known) {
		if r.Context().Err() == nil {
			h.log.Error("R2 call failed", "error", err)
		}
		known = ErrInternal
	}
	text, _ := json.Marshal(wireError{1, known.Code, known.Message}) // numbers and strings
	w.Header().Set(headerError, string(text))
	var body []byte
	if o != nil {
		body, _ = json.Marshal(newWireObject(*o).reading(0, o.Size)) // likewise
		w.Header().Set(headerSize, strconv.Itoa(len(body)))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(known.Status)
	_, _ = w.Write(body) // the client is gone, then
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	b, err := h.open(r.Context())
	if err != nil {
		return err
	}
	var asked wireRequest
	if r.Method == http.MethodGet {
		if err := json.Unmarshal([]byte(r.Header.Get(headerRequest)), &asked); err != nil {
			return ErrArgument
		}
		return h.reads(w, r, b, &asked)
	}
	size, err := strconv.Atoi(r.Header.Get(headerSize))
	if err != nil || size < 0 || size > maxRequest {
		return ErrArgument
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r.Body, text); err != nil {
		return errContentBroken
	}
	if err := json.Unmarshal(text, &asked); err != nil {
		return ErrArgument
	}
	answer, err := writes(r.Context(), b, &asked, r.Body)
	if err != nil {
		return err
	}
	return reply(w, answer)
}

// reads answers a call that changes nothing.
func (h *handler) reads(w http.ResponseWriter, r *http.Request, b *Bucket, asked *wireRequest) error {
	ctx := r.Context()
	switch asked.Method {
	case "head":
		o, err := b.Head(ctx, asked.Object)
		if err != nil {
			return err
		}
		return reply(w, newWireObject(o).reading(0, o.Size))
	case "get":
		return h.get(w, r, b, asked)
	case "list":
		options, err := asked.list()
		if err != nil {
			return err
		}
		page, err := b.List(ctx, options)
		if err != nil {
			return err
		}
		return reply(w, newWirePage(page))
	}
	return errUnknownMethod
}

func (h *handler) get(w http.ResponseWriter, r *http.Request, b *Bucket, asked *wireRequest) error {
	condition, err := asked.OnlyIf.condition()
	if err != nil {
		return err
	}
	got, err := b.Get(r.Context(), asked.Object, GetOptions{Range: asked.part(), OnlyIf: condition})
	if errors.Is(err, ErrPrecondition) {
		h.fail(w, r, err, &got.Object)
		return nil
	}
	if err != nil {
		return err
	}
	defer got.Close()
	text, err := json.Marshal(newWireObject(got.Object).reading(got.Offset, got.Length))
	if err != nil {
		return err
	}
	w.Header().Set(headerSize, strconv.Itoa(len(text)))
	w.Header().Set("Content-Length", strconv.FormatInt(int64(len(text))+got.Length, 10))
	if _, err := io.Copy(w, io.MultiReader(bytes.NewReader(text), got)); err != nil {
		if r.Context().Err() == nil {
			h.log.Error("R2 object not sent whole", "error", err)
		}
		panic(http.ErrAbortHandler) // nobody is to take half an object for a whole one
	}
	return nil
}

// writes makes a call that changes something, and returns its answer.
func writes(ctx context.Context, b *Bucket, asked *wireRequest, value io.Reader) (any, error) {
	switch asked.Method {
	case "put":
		options, err := asked.put()
		if err != nil {
			return nil, err
		}
		o, err := b.Put(ctx, asked.Object, value, options)
		return newWireObject(o), err
	case "delete":
		keys := asked.Objects
		if asked.Objects == nil {
			keys = []string{asked.Object}
		}
		if len(keys) > MaxListed {
			return nil, errTooManyToDelete
		}
		return struct{}{}, b.Delete(ctx, keys...)
	case "createMultipartUpload":
		options, err := asked.put()
		if err != nil {
			return nil, err
		}
		id, err := b.CreateUpload(ctx, asked.Object, options)
		return map[string]string{"uploadId": id}, err
	case "uploadPart":
		if asked.customerKey() {
			return nil, errCustomerKeys
		}
		etag, err := b.UploadPart(ctx, asked.Object, asked.UploadID, asked.PartNumber, value)
		return map[string]string{"etag": etag}, err
	case "completeMultipartUpload":
		var parts []PartOf
		for _, p := range asked.Parts {
			parts = append(parts, PartOf{p.Part, p.ETag})
		}
		o, err := b.CompleteUpload(ctx, asked.Object, asked.UploadID, parts)
		return newWireObject(o), err
	case "abortMultipartUpload":
		return struct{}{}, b.AbortUpload(ctx, asked.Object, asked.UploadID)
	}
	return nil, errUnknownMethod
}

func reply(w http.ResponseWriter, answer any) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set(headerSize, strconv.Itoa(len(text)))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // the client is gone, then
	return nil
}
