package kvbinding

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/kv"
)

// bulkRequest is the body of get and getWithMetadata with an array of keys.
type bulkRequest struct {
	Keys         []string    `json:"keys"`
	Type         string      `json:"type"`     // "", text or json
	CacheTTL     json.Number `json:"cacheTtl"` // seconds; workerd sends a string
	WithMetadata bool        `json:"withMetadata"`
}

// maxBulkBody bounds the body of a bulk get. A hundred keys of the largest size are a
// hundredth of it.
const maxBulkBody = 8 << 20

func readBulk(body io.Reader) (asked bulkRequest, err error) {
	text, err := io.ReadAll(io.LimitReader(body, maxBulkBody+1))
	switch {
	case err != nil:
		return asked, errBrokenOff
	case len(text) > maxBulkBody:
		return asked, refused(http.StatusRequestEntityTooLarge, "")
	}
	if err := json.Unmarshal(text, &asked); err != nil {
		return asked, refused(http.StatusBadRequest, "")
	}
	switch {
	case asked.Type != "" && asked.Type != "text" && asked.Type != "json":
		return asked, refused(http.StatusBadRequest, "%s", fmt.Sprintf(`"%s" is not a valid type. Use "json" or "text"`, asked.Type))
	case len(asked.Keys) > kv.MaxBulkGet:
		return asked, refused(http.StatusBadRequest, "You can request a maximum of %d keys", kv.MaxBulkGet)
	case len(asked.Keys) == 0:
		return asked, refused(http.StatusBadRequest, "You must request a minimum of 1 key")
	}
	for _, key := range asked.Keys {
		if err := checkKey(key); err != nil {
			return asked, err
		}
	}
	asked.Keys = withoutRepeats(asked.Keys)
	return asked, checkCacheTTL(asked.CacheTTL.String())
}

// withoutRepeats leaves the first of each.
func withoutRepeats(keys []string) []string {
	seen := make(map[string]bool, len(keys))
	return slices.DeleteFunc(keys, func(key string) bool {
		again := seen[key]
		seen[key] = true
		return again
	})
}

// bulkItem is one of the keys that were asked for.
type bulkItem struct {
	key    string
	stream *kv.Stream // nil: not there
	value  []byte
}

// bulkGet answers an object of values in the order in which they were asked for, null
// for those that are not there. Sizes are known before any large value is read, and all
// is judged before the answer begins.
func (h *handler) bulkGet(w http.ResponseWriter, r *http.Request, ns namespace) error {
	asked, err := readBulk(r.Body)
	if err != nil {
		return err
	}
	found, err := ns.OpenMany(r.Context(), asked.Keys)
	if err != nil {
		return err
	}
	items := make([]bulkItem, len(asked.Keys))
	total := int64(0)
	for i, stream := range found {
		items[i] = bulkItem{key: asked.Keys[i], stream: stream}
		if stream != nil {
			defer stream.Value.Close()
			total += stream.Size
		}
	}
	if total > kv.MaxBulkGetBytes {
		return refused(http.StatusRequestEntityTooLarge, "Total size of request exceeds the limit of %dMB", kv.MaxBulkGetBytes>>20)
	}
	for i := range items {
		if err := items[i].read(asked.Type); err != nil {
			return err
		}
	}
	w.Header()["Content-Type"] = typeJSON
	out := bufio.NewWriterSize(w, 32<<10)
	out.WriteByte('{')
	for i, item := range items {
		if i > 0 {
			out.WriteByte(',')
		}
		item.write(out, asked)
	}
	out.WriteByte('}')
	_ = out.Flush() // fails only when the Worker is gone
	return nil
}

// byteOrderMark is no part of a text, for JavaScript.
var byteOrderMark = []byte("\ufeff")

// read takes the value into memory and judges it.
func (item *bulkItem) read(kind string) error {
	if item.stream == nil {
		return nil
	}
	item.value = make([]byte, item.stream.Size)
	if _, err := io.ReadFull(item.stream.Value, item.value); err != nil {
		return err
	}
	item.value = bytes.TrimPrefix(item.value, byteOrderMark)
	if kind == "json" && !json.Valid(item.value) {
		return refused(http.StatusBadRequest, "At least one of the requested keys corresponds to a non-json value")
	}
	return nil
}

// write writes the item as a member of an object.
func (item *bulkItem) write(out *bufio.Writer, asked bulkRequest) {
	writeText(out, []byte(item.key))
	out.WriteByte(':')
	if item.stream == nil {
		out.WriteString("null")
		return
	}
	if asked.WithMetadata {
		out.WriteString(`{"value":`)
	}
	if asked.Type == "json" {
		out.Write(item.value)
	} else {
		writeText(out, item.value)
	}
	if asked.WithMetadata {
		out.WriteString(`,"metadata":` + cmp.Or(string(item.stream.Metadata), "null") + "}")
	}
}

// writeText writes bytes as a JSON string, straight to where they go: a value of 25 MiB
// may be six times as large as JSON. What is no UTF-8 becomes U+FFFD.
func writeText(out *bufio.Writer, text []byte) {
	out.WriteByte('"')
	for len(text) > 0 {
		plain := 0
		for plain < len(text) && text[plain] >= ' ' && text[plain] < utf8.RuneSelf && text[plain] != '"' && text[plain] != '\\' {
			plain++
		}
		out.Write(text[:plain])
		if text = text[plain:]; len(text) == 0 {
			break
		}
		c, size := utf8.DecodeRune(text)
		switch {
		case c < ' ':
			fmt.Fprintf(out, `\u%04x`, c)
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			fallthrough
		default:
			out.WriteRune(c) // utf8.RuneError is U+FFFD
		}
		text = text[size:]
	}
	out.WriteByte('"')
}
