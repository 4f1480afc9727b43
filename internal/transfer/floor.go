package transfer

import "github.com/bindery-dev/bindery/internal/kv"

// Floor is how many calls of the API it takes at the least to move what was counted: pages of keys and bulk gets where
// it is read from a namespace, bulk puts and deletes where it is written to one, and bulk gets of what is replaced for
// an undo.
func Floor(c Counts, reads, writes, undo bool) (calls int64) {
	gets := max(ceil(c.Keys, kv.MaxBulkGet), ceil(c.Bytes, kv.MaxBulkGetBytes))
	if reads {
		calls += max(ceil(c.Keys+c.Expiring, kv.MaxListLimit), 1) + gets
	}
	if writes {
		calls += max(ceil(c.Keys, kv.MaxBulkPut), ceil(c.Bytes, kv.MaxBulkPutBytes)) + ceil(c.Deleted, kv.MaxBulkDelete)
	}
	if undo {
		calls += ceil(c.Keys, kv.MaxBulkGet) + ceil(c.Deleted, kv.MaxBulkGet)
	}
	return calls
}
