package pebblekv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// Every key of the database begins with a kind. Where it belongs to a namespace,
// the namespace's id follows with its length before it: whatever bytes a key is
// made of, it cannot reach into another namespace. Then comes the key itself, so
// that a namespace's keys lie in byte order.
//
//	f                              the format of the whole
//	i <length> <id> <key>          index: what a list shows; a header (record.go)
//	v <length> <id> <key>          value: the same header, then the value unless it is in chunks
//	d <length> <id> <version> <n>  chunk n (4 bytes, big endian) of a value too large for its record
//	u <version> <length> <id>      an upload that has begun: the chunks of <version> are nobody's yet
//	x <time> <length> <id> <key>   <key> is to be removed at <time> (8 bytes, big endian), if it still expires then
//	r <key>                        a record of the platform
const (
	kindFormat = 'f'
	kindIndex  = 'i'
	kindValue  = 'v'
	kindChunk  = 'd'
	kindUpload = 'u'
	kindExpiry = 'x'
	kindRecord = 'r'
)

// version names the chunks of one value that was put: an upload under way, and a value
// that is read while it is replaced, share a key but no chunk. It is the time in
// nanoseconds (8 bytes, big endian), so that chunks of one time lie together, and 8
// random bytes, so that no clock that jumps makes one twice.
type version [16]byte

func newVersion(now time.Time) (v version) {
	binary.BigEndian.PutUint64(v[:8], uint64(now.UnixNano()))
	binary.BigEndian.PutUint64(v[8:], rand.Uint64())
	return v
}

// appendKey appends the key of kind kindIndex or kindValue.
func appendKey(dst []byte, kind byte, namespace, key string) []byte {
	dst = slices.Grow(dst, 1+binary.MaxVarintLen64+len(namespace)+len(key))
	dst = append(dst, kind)
	return appendName(dst, namespace, key)
}

func appendName(dst []byte, namespace, key string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(namespace)))
	dst = append(dst, namespace...)
	return append(dst, key...)
}

func chunkKey(namespace string, v version, n int) []byte {
	return binary.BigEndian.AppendUint32(chunkPrefix(namespace, v), uint32(n))
}

// chunkPrefix is what the keys of all chunks of a version begin with.
func chunkPrefix(namespace string, v version) []byte {
	return append(appendKey(nil, kindChunk, namespace, ""), v[:]...)
}

func uploadKey(namespace string, v version) []byte {
	return appendName(append([]byte{kindUpload}, v[:]...), namespace, "")
}

// parseUploadKey is the inverse of uploadKey.
func parseUploadKey(raw []byte) (namespace string, v version, err error) {
	if len(raw) > len(v) && raw[0] == kindUpload {
		copy(v[:], raw[1:])
		if namespace, rest, ok := cutName(raw[1+len(v):]); ok && rest == "" {
			return namespace, v, nil
		}
	}
	return "", v, errors.New("upload key is damaged")
}

// cutName is the inverse of appendName.
func cutName(raw []byte) (namespace, key string, ok bool) {
	length, n := binary.Uvarint(raw)
	if n <= 0 || length > uint64(len(raw)-n) {
		return "", "", false
	}
	raw = raw[n:]
	return string(raw[:length]), string(raw[length:]), true
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
	if len(raw) > 9 && raw[0] == kindExpiry {
		if namespace, key, ok := cutName(raw[9:]); ok {
			return int64(binary.BigEndian.Uint64(raw[1:])), namespace, key, nil
		}
	}
	return 0, "", "", errors.New("expiry key is damaged")
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
