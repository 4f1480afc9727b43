package pebblekv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Every key of the database begins with a kind. Where it belongs to a namespace,
// the namespace's id follows with its length before it: whatever bytes a key is
// made of, it cannot reach into another namespace. Then comes the key itself, so
// that a namespace's keys lie in byte order.
//
//	f                              the format of the whole
//	i <length> <id> <key>          index: what a list shows; a header (record.go)
//	v <length> <id> <key>          value: the same header, then the value unless it is in chunks
//	c <length> <id> <key> <n>      chunk n (4 bytes, big endian) of a large value
//	x <time> <length> <id> <key>   <key> is to be removed at <time> (8 bytes, big endian), if it still expires then
//	r <key>                        a record of the platform
const (
	kindFormat = 'f'
	kindIndex  = 'i'
	kindValue  = 'v'
	kindChunk  = 'c'
	kindExpiry = 'x'
	kindRecord = 'r'
)

// appendKey appends the key of kind kindIndex or kindValue, or the part that all
// chunks of key have in common.
func appendKey(dst []byte, kind byte, namespace, key string) []byte {
	dst = slices.Grow(dst, 1+binary.MaxVarintLen64+len(namespace)+len(key)+4)
	dst = append(dst, kind)
	return appendName(dst, namespace, key)
}

func appendName(dst []byte, namespace, key string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(namespace)))
	dst = append(dst, namespace...)
	return append(dst, key...)
}

// chunkKey: the number has a fixed length, so that chunks of different keys cannot
// be taken for each other.
func chunkKey(namespace, key string, n int) []byte {
	return binary.BigEndian.AppendUint32(appendKey(nil, kindChunk, namespace, key), uint32(n))
}

func expiryKey(expiration int64, namespace, key string) []byte {
	return appendName(appendExpiry(nil, expiration), namespace, key)
}

// appendExpiry appends what all keys that expire at a time begin with.
func appendExpiry(dst []byte, expiration int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, kindExpiry), uint64(expiration))
}

// parseExpiryKey is the inverse of expiryKey.
func parseExpiryKey(raw []byte) (expiration int64, namespace, key string, err error) {
	if len(raw) < 9 || raw[0] != kindExpiry {
		return 0, "", "", errors.New("expiry key is damaged")
	}
	expiration = int64(binary.BigEndian.Uint64(raw[1:]))
	rest := raw[9:]
	length, n := binary.Uvarint(rest)
	if n <= 0 || length > uint64(len(rest)-n) {
		return 0, "", "", errors.New("expiry key is damaged")
	}
	rest = rest[n:]
	return expiration, string(rest[:length]), string(rest[length:]), nil
}

// after returns the first key that does not begin with prefix and comes after all
// that do. A prefix begins with a kind, hence is never all 0xff.
func after(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; ; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
}

// format is the version of this layout. A store of another one is refused.
const format = 1

func checkFormat(db *pebble.DB) error {
	stored, closer, err := db.Get([]byte{kindFormat})
	if errors.Is(err, pebble.ErrNotFound) {
		return db.Set([]byte{kindFormat}, []byte{format}, pebble.Sync)
	}
	if err != nil {
		return err
	}
	defer closer.Close()
	if !bytes.Equal(stored, []byte{format}) {
		return fmt.Errorf("store has format %d, this program reads format %d", stored, format)
	}
	return nil
}
