package kv

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A cursor is, in base64url, a format byte, a CRC-32, and the name of the last key
// of the page before. It holds a position and no state: it outlives the store's
// restart and the key it names. The checksum also covers the prefix, so that a
// cursor is good for the list it came from only; it keeps mistakes out, not
// attackers, who would gain nothing that a list does not show them.
const (
	cursorFormat = 1
	cursorHeader = 1 + crc32.Size
)

// MakeCursor returns the cursor of a page of the keys that start with prefix, whose
// last key is last. Stores of this module share it.
func MakeCursor(prefix, last string) string {
	raw := make([]byte, cursorHeader, cursorHeader+len(last))
	raw[0] = cursorFormat
	binary.BigEndian.PutUint32(raw[1:], cursorChecksum(prefix, last))
	return base64.RawURLEncoding.EncodeToString(append(raw, last...))
}

// ReadCursor returns the key after which the page begins that q asks for, or "" for
// the first page: ErrCursorInvalid if MakeCursor did not make q.Cursor for q.Prefix.
func ReadCursor(q ListQuery) (last string, err error) {
	if q.Cursor == "" {
		return "", nil
	}
	if base64.RawURLEncoding.DecodedLen(len(q.Cursor)) > cursorHeader+MaxKeyBytes {
		return "", fmt.Errorf("%w: it is too long", ErrCursorInvalid)
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(q.Cursor)
	if err != nil || len(raw) <= cursorHeader || raw[0] != cursorFormat {
		return "", fmt.Errorf("%w: it has the wrong form", ErrCursorInvalid)
	}
	last = string(raw[cursorHeader:])
	if binary.BigEndian.Uint32(raw[1:]) != cursorChecksum(q.Prefix, last) {
		return "", fmt.Errorf("%w: it is damaged, or from a list with another prefix", ErrCursorInvalid)
	}
	return last, nil
}

func cursorChecksum(prefix, last string) uint32 {
	sum := crc32.ChecksumIEEE(binary.AppendUvarint(nil, uint64(len(prefix))))
	sum = crc32.Update(sum, crc32.IEEETable, []byte(prefix))
	return crc32.Update(sum, crc32.IEEETable, []byte(last))
}
