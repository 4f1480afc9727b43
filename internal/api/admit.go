package api

import (
	"context"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// The one kind of request that is in memory whole is a bulk call. bulkRoom is how many
// bytes of them there are at a time, of bodies to be put and of values to be answered:
// one request of the largest size, or many small ones. Others wait their turn, in the
// order in which they came, for up to bulkPatience.
const (
	bulkRoom     = kv.MaxBulkPutBytes
	bulkPatience = time.Minute
)

// admit waits until there is room for size bytes, -1 if that is unknown.
func (h *handler) admit(c *call, size int64) (release func(), err error) {
	if size < 0 {
		size = bulkRoom
	}
	if size > bulkRoom {
		return nil, fmt.Errorf("%w: length of %d exceeds limit of %d", errBodyTooLarge, size, int64(bulkRoom))
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), bulkPatience)
	defer cancel()
	if err := h.bulkRoom.Acquire(ctx, size); err != nil {
		if err := c.r.Context().Err(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: no room for another bulk call of %d bytes", kv.ErrUnavailable, size)
	}
	return func() { h.bulkRoom.Release(size) }, nil
}
