package platform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// Secrets are a prefix, 40 random base62 digits (238 bits) and 6 more that are
// their CRC-32. The prefix lets people and scanners see what they hold; the
// checksum tells a mistyped secret from a revoked one without a lookup.
const (
	tokenPrefix  = "bindery_token_"
	apiKeyPrefix = "bindery_key_"

	base62         = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomDigits   = 40
	checksumDigits = 6
)

// digest is what is kept of a secret. A plain hash is enough, as the secrets are
// random: there is nothing to guess that a slow hash would protect.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// MarshalText writes a digest as hex digits.
func (d digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (d *digest) UnmarshalText(text []byte) error {
	if len(text) != 2*len(d) {
		return fmt.Errorf("a digest of %d characters", len(text))
	}
	_, err := hex.Decode(d[:], text)
	return err
}

// newSecret makes a secret. Bytes past the largest multiple of 62 are thrown
// away, so that all digits are equally likely.
func newSecret(random io.Reader, prefix string) (string, error) {
	const fair = 256 - 256%len(base62)
	digits := make([]byte, 0, randomDigits)
	var buf [2 * randomDigits]byte
	for len(digits) < randomDigits {
		if _, err := io.ReadFull(random, buf[:]); err != nil {
			return "", fmt.Errorf("make a secret: %w", err)
		}
		for _, b := range buf {
			if int(b) < fair && len(digits) < randomDigits {
				digits = append(digits, base62[int(b)%len(base62)])
			}
		}
	}
	body := prefix + string(digits)
	return body + checksum(body), nil
}

// wellFormed says whether secret has the prefix, the length and the checksum of
// those that newSecret makes. It says nothing about whether it is known.
func wellFormed(secret, prefix string) bool {
	if !strings.HasPrefix(secret, prefix) || len(secret) != len(prefix)+randomDigits+checksumDigits {
		return false
	}
	end := len(secret) - checksumDigits
	return secret[end:] == checksum(secret[:end])
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var digits [checksumDigits]byte
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = base62[sum%uint32(len(base62))]
		sum /= uint32(len(base62))
	}
	return string(digits[:])
}
