package pebblekv

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// header is what is known of a key besides its value. It stands alone in the index
// and before the value in the value record: one read serves a get, and a list
// reads no values. The price, metadata stored twice, is at most a kilobyte a key
// and for most keys nothing.
//
// As bytes: the form, then as unsigned varints expiration, size, chunks and the
// length of the metadata, then of a value in chunks their version, then the metadata.
type header struct {
	Expiration int64   // Unix seconds; 0 for never
	Size       int     // bytes of the value
	Chunks     int     // how many chunks the value lies in; 0 when it follows the header
	Version    version // of the chunks
	Metadata   []byte  // JSON; empty for none
}

// The first byte of every record says how it goes on.
const (
	formWhole  = 1 // the value follows; in layout 1 also chunks, which had no version
	formChunks = 2
)

// chunkBytes is the size of a chunk but the last, and of the largest value that is not
// cut into chunks. It bounds what an upload or a download keeps in memory, and what
// reading, caching and compacting one record take. Smaller ones would make large values
// slower by the lookups.
const chunkBytes = 128 << 10

// errDamaged: a record is not what append wrote.
var errDamaged = errors.New("record is damaged")

// headerOf returns the header under which item is stored, at the time now.
func headerOf(item kv.Item, now time.Time) header {
	h := header{Expiration: item.Expiration, Size: len(item.Value), Metadata: item.Metadata}
	if h.Size > chunkBytes {
		h.Chunks = (h.Size + chunkBytes - 1) / chunkBytes
		h.Version = newVersion(now)
	}
	return h
}

// append appends the header's bytes.
func (h header) append(dst []byte) []byte {
	form := byte(formWhole)
	if h.Chunks > 0 {
		form = formChunks
	}
	dst = append(dst, form)
	dst = binary.AppendUvarint(dst, uint64(h.Expiration))
	dst = binary.AppendUvarint(dst, uint64(h.Size))
	dst = binary.AppendUvarint(dst, uint64(h.Chunks))
	dst = binary.AppendUvarint(dst, uint64(len(h.Metadata)))
	if h.Chunks > 0 {
		dst = append(dst, h.Version[:]...)
	}
	return append(dst, h.Metadata...)
}

// parseHeader reads a header and returns what follows it. Both lie in raw.
func parseHeader(raw []byte) (h header, rest []byte, err error) {
	if len(raw) == 0 || raw[0] != formWhole && raw[0] != formChunks {
		return header{}, nil, errDamaged
	}
	rest = raw[1:]
	var fields [4]uint64
	limits := [4]uint64{math.MaxInt64, kv.MaxValueBytes, kv.MaxValueBytes, kv.MaxMetadataBytes}
	for i := range fields {
		n := 0
		if fields[i], n = binary.Uvarint(rest); n <= 0 || fields[i] > limits[i] {
			return header{}, nil, errDamaged
		}
		rest = rest[n:]
	}
	h = header{Expiration: int64(fields[0]), Size: int(fields[1]), Chunks: int(fields[2])}
	if raw[0] == formChunks {
		if h.Chunks == 0 || len(rest) < len(h.Version) {
			return header{}, nil, errDamaged
		}
		rest = rest[copy(h.Version[:], rest):]
	}
	metadata := int(fields[3])
	if metadata > len(rest) {
		return header{}, nil, errDamaged
	}
	if metadata > 0 {
		h.Metadata = rest[:metadata:metadata]
	}
	return h, rest[metadata:], nil
}
