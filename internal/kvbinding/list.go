package kvbinding

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bindery-dev/bindery/internal/kv"
)

// page is the answer to a list.
type page struct {
	Keys     []listed `json:"keys"`
	Complete bool     `json:"list_complete"`
	Cursor   string   `json:"cursor,omitempty"`
}

type listed struct {
	Name       string `json:"name"`
	Expiration int64  `json:"expiration,omitempty"` // Unix seconds
	Metadata   string `json:"metadata,omitempty"`   // JSON, as a string: workerd parses it
}

func (h *handler) list(w http.ResponseWriter, r *http.Request, ns namespace, c call) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	q, limit, err := listQuery(options)
	if err != nil {
		return err
	}
	found, err := ns.List(r.Context(), q)
	if err != nil {
		return err
	}
	if len(found.Keys) > limit {
		found.Keys = found.Keys[:limit]
		found.Cursor = kv.MakeCursor(q.Prefix, found.Keys[limit-1].Name)
	}
	answer := page{Keys: make([]listed, len(found.Keys)), Complete: found.Cursor == "", Cursor: found.Cursor}
	for i, key := range found.Keys {
		answer.Keys[i] = listed{key.Name, key.Expiration, string(key.Metadata)}
	}
	w.Header()["Content-Type"] = typeJSON
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(answer) // fails only when the Worker is gone
	return nil
}

var typeJSON = []string{"application/json"}

// listQuery reads which keys are asked for, and how many. A binding may ask for one key,
// the REST API, whose limits are kv's, for no fewer than kv.MinListLimit: the rest of
// such a page is cut off.
func listQuery(options url.Values) (q kv.ListQuery, limit int, err error) {
	q = kv.ListQuery{Prefix: options.Get("prefix"), Cursor: options.Get("cursor")}
	limit = kv.MaxListLimit
	if text := options.Get("key_count_limit"); text != "" {
		switch limit, err = strconv.Atoi(text); {
		case err != nil || limit < 1:
			return q, 0, refused(http.StatusBadRequest, "Invalid key_count_limit of %s. Please specify an integer greater than 0.", text)
		case limit > kv.MaxListLimit:
			return q, 0, refused(http.StatusBadRequest, "Invalid key_count_limit of %s. Please specify an integer less than %d.", text, kv.MaxListLimit)
		}
	}
	if len(q.Prefix) > kv.MaxKeyBytes {
		return q, 0, keyTooLong(q.Prefix)
	}
	q.Limit = max(limit, kv.MinListLimit)
	return q, limit, nil
}
