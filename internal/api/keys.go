package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

func (h *handler) listKeys(c *call) error {
	ns, err := h.namespace(c)
	if err != nil {
		return err
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	q := kv.ListQuery{Prefix: query.Get("prefix"), Cursor: query.Get("cursor")}
	if q.Limit, err = listLimit(query.Get("limit")); err != nil {
		return err
	}
	found, err := ns.List(c.r.Context(), q)
	if err != nil {
		return err
	}
	info := wire.CursorInfo{Count: len(found.Keys), Cursor: found.Cursor}
	return c.json(http.StatusOK, wire.Listed(found.Keys, info))
}

// listLimit reads the query's limit; absent it is 0, kv's word for the most. A 0
// that was asked for is refused.
func listLimit(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%w: it must be an integer of %d to %d", kv.ErrLimitInvalid, kv.MinListLimit, kv.MaxListLimit)
	}
	return n, kv.ListQuery{Limit: n}.Validate()
}
