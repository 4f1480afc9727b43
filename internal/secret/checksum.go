package secret

import (
	"hash/crc32"
	"strings"
)

const (
	base62     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	crc62Width = 6
)

// crc62 says whether the last six characters of a token are the CRC32 of what stands between them and its prefix,
// in base 62 with leading zeros, as GitHub and npm make theirs.
func crc62(token string) bool {
	_, text, found := strings.Cut(token, "_")
	if !found || len(text) <= crc62Width {
		return false
	}
	cut := len(text) - crc62Width
	sum, digits := crc32.ChecksumIEEE([]byte(text[:cut])), [crc62Width]byte{}
	for i := crc62Width - 1; i >= 0; i-- {
		digits[i] = base62[sum%62]
		sum /= 62
	}
	return string(digits[:]) == text[cut:]
}
