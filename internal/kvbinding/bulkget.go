package kvbinding

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	return asked, checkCacheTTL(asked.CacheTTL.String())
}

// bulkGet answers an object of values in the order in which they were asked for, null
// for those that are not there. Sizes are known before any large value is read, and all
// is judged before the answer begins.
func (h *handler) bulkGet(w http.ResponseWriter, r *http.Request, ns namespace) error {
	asked, err := readBulk(r.Body)
	if err != nil {
		return err
	}
	streams := make(map[string]kv.Stream, len(asked.Keys))
	defer func() {
		for _, s := range streams {
			s.Value.Close()
		}
	}()
	total := int64(0)
	for _, key := range asked.Keys {
		if _, twice := streams[key]; twice {
			continue
		}
		s, err := ns.Open(r.Context(), key)
		if errors.Is(err, kv.ErrKeyNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		streams[key] = s
		if total += s.Size; total > kv.MaxBulkGetBytes {
			return refused(http.StatusRequestEntityTooLarge, "Total size of request exceeds the limit of %dMB", kv.MaxBulkGetBytes>>20)
		}
	}
	values := make(map[string][]byte, len(streams))
	for key, s := range streams {
		value := make([]byte, s.Size)
		if _, err := io.ReadFull(s.Value, value); err != nil {
			return err
		}
		value = bytes.TrimPrefix(value, byteOrderMark)
		if asked.Type == "json" && !json.Valid(value) {
			return refused(http.StatusBadRequest, "At least one of the requested keys corresponds to a non-json value")
		}
		values[key] = value
	}
	w.Header()["Content-Type"] = typeJSON
	writeBulk(w, asked, streams, values)
	return nil
}

// byteOrderMark is no part of a text, for JavaScript.
var byteOrderMark = []byte("\ufeff")

// writeBulk fails only when the Worker is gone, and need not know.
func writeBulk(w io.Writer, asked bulkRequest, streams map[string]kv.Stream, values map[string][]byte) {
	out := bufio.NewWriterSize(w, 32<<10)
	defer out.Flush()
	written := make(map[string]bool, len(asked.Keys))
	for _, key := range asked.Keys {
		if written[key] {
			continue
		}
		if len(written) == 0 {
			out.WriteByte('{')
		} else {
			out.WriteByte(',')
		}
		written[key] = true
		writeText(out, []byte(key))
		out.WriteByte(':')
		value, found := values[key]
		if !found {
			out.WriteString("null")
			continue
		}
		if asked.WithMetadata {
			out.WriteString(`{"value":`)
		}
		if asked.Type == "json" {
			out.Write(value)
		} else {
			writeText(out, value)
		}
		if asked.WithMetadata {
			out.WriteString(`,"metadata":`)
			if m := streams[key].Metadata; m != nil {
				out.Write(m)
			} else {
				out.WriteString("null")
			}
			out.WriteByte('}')
		}
	}
	out.WriteByte('}')
}

// writeText writes bytes as a JSON string, straight to where they go: a value of 25 MiB
// may be six times as large as JSON. What is no UTF-8 becomes U+FFFD.
func writeText(out *bufio.Writer, text []byte) {
	out.WriteByte('"')
	for start, i := 0, 0; ; {
		if i == len(text) {
			out.Write(text[start:])
			break
		}
		c, size := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRune(text[i:])
		}
		plain := c >= ' ' && c != '"' && c != '\\' && (c != utf8.RuneError || size > 1)
		if !plain {
			out.Write(text[start:i])
			switch {
			case c == utf8.RuneError:
				out.WriteString("\ufffd")
			case c < ' ':
				fmt.Fprintf(out, `\u%04x`, c)
			default:
				out.WriteByte('\\')
				out.WriteRune(c)
			}
			start = i + size
		}
		i += size
	}
	out.WriteByte('"')
}
