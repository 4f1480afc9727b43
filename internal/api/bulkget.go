package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// bulkGet answers up to kv.MaxBulkGet values. Their sizes are known before any large one
// is read; all are judged before the answer begins, which is then written key by key.
func (h *handler) bulkGet(c *call) error {
	ns, err := h.streams(c)
	if err != nil {
		return err
	}
	var asked wire.BulkGetRequest
	if err := c.decode(&asked); err != nil {
		return err
	}
	if err := checkBulkGet(asked); err != nil {
		return err
	}
	slices.Sort(asked.Keys)
	keys := slices.Compact(asked.Keys)
	found, err := ns.OpenMany(c.r.Context(), keys) // nil: not there
	if err != nil {
		return err
	}
	total := int64(0)
	for _, item := range found {
		if item != nil {
			defer item.Value.Close()
			total += item.Size
		}
	}
	if total > kv.MaxBulkGetBytes {
		return errBulkGetTooLarge
	}
	release, err := h.admit(c, total)
	if err != nil {
		return err
	}
	defer release()
	values := make([][]byte, len(keys))
	for i, item := range found {
		if item == nil {
			continue
		}
		values[i] = make([]byte, item.Size)
		if _, err := io.ReadFull(item.Value, values[i]); err != nil {
			return err
		}
		if err := checkBulkValue(values[i], asked.Type); err != nil {
			return err
		}
	}
	return c.bulkItems(asked, keys, found, values)
}

func checkBulkGet(asked wire.BulkGetRequest) error {
	switch {
	case len(asked.Keys) == 0:
		return errBulkGetNone
	case len(asked.Keys) > kv.MaxBulkGet:
		return errBulkGetTooMany
	case asked.Type != "" && asked.Type != "text" && asked.Type != "json":
		return fmt.Errorf("%w: type must be text or json", wire.ErrShape)
	}
	for i, key := range asked.Keys {
		if err := kv.CheckKey(key); err != nil {
			return &itemError{n: i + 1, err: err}
		}
	}
	return nil
}

// checkBulkValue says whether a value is of the kind that was asked for.
func checkBulkValue(value []byte, kind string) error {
	switch text := utf8.Valid(value); {
	case kind == "json" && (!text || !json.Valid(value)):
		return errBulkGetNotJSON
	case !text:
		return errBulkGetNotText
	}
	return nil
}

// bulkItems answers with the values that were found. They are in memory, their JSON need
// not be, which is up to six times their size.
func (c *call) bulkItems(asked wire.BulkGetRequest, keys []string, found []*kv.Stream, values [][]byte) error {
	envelope, err := json.Marshal(wire.OK(wire.BulkGetResult[any]{Values: map[string]any{}}))
	before, after, ok := bytes.Cut(envelope, []byte("{}"))
	if err != nil || !ok {
		return errInternal
	}
	c.begin(http.StatusOK)
	j := jsonWriter{to: c}
	j.raw(string(before), "{")
	for i, key := range keys {
		if i > 0 {
			j.raw(",")
		}
		j.text([]byte(key))
		j.raw(":")
		switch {
		case found[i] == nil:
			j.raw("null")
		case asked.WithMetadata:
			j.raw(`{"value":`)
			j.value(values[i], asked.Type)
			j.raw(`,"metadata":`, cmp.Or(string(found[i].Metadata), "null"))
			if at := found[i].Expiration; at != 0 {
				j.raw(`,"expiration":`, strconv.FormatInt(at, 10))
			}
			j.raw("}")
		default:
			j.value(values[i], asked.Type)
		}
	}
	j.raw("}", string(after), "\n")
	j.flush() // fails only when the client is gone
	return nil
}

// jsonWriter writes JSON in pieces.
type jsonWriter struct {
	to     io.Writer
	buffer bytes.Buffer
}

const jsonPiece = 32 << 10

// raw writes what is JSON already.
func (j *jsonWriter) raw(texts ...string) {
	for _, text := range texts {
		j.buffer.WriteString(text)
	}
	if j.buffer.Len() >= jsonPiece {
		j.flush()
	}
}

// value writes a value that was asked for as text or json.
func (j *jsonWriter) value(value []byte, kind string) {
	if kind != "json" {
		j.text(value)
		return
	}
	_ = json.Compact(&j.buffer, value) // it was found valid
	j.raw()
}

// text writes UTF-8 as a string, cut between characters.
func (j *jsonWriter) text(value []byte) {
	j.raw(`"`)
	for len(value) > 0 {
		end := min(len(value), jsonPiece)
		for end < len(value) && !utf8.RuneStart(value[end]) {
			end--
		}
		j.buffer.Write(wire.AppendText(j.buffer.AvailableBuffer(), value[:end]))
		value = value[end:]
		j.raw()
	}
	j.raw(`"`)
}

func (j *jsonWriter) flush() {
	_, _ = j.buffer.WriteTo(j.to)
}
