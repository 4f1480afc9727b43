package r2

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// sums computes MD5, and the other checksums that a put gives.
type sums struct {
	md5    hash.Hash
	others map[string]hash.Hash // by name
}

func newSums(given Checksums) *sums {
	s := &sums{md5: md5.New(), others: map[string]hash.Hash{}}
	for _, c := range []struct {
		name, given string
		make        func() hash.Hash
	}{{"SHA-1", given.SHA1, sha1.New}, {"SHA-256", given.SHA256, sha256.New}, {"SHA-384", given.SHA384, sha512.New384}, {"SHA-512", given.SHA512, sha512.New}} {
		if c.given != "" {
			s.others[c.name] = c.make()
		}
	}
	return s
}

// Write implements io.Writer.
func (s *sums) Write(p []byte) (int, error) {
	_, _ = s.md5.Write(p) // hashes never fail
	for _, h := range s.others {
		_, _ = h.Write(p)
	}
	return len(p), nil
}

// check returns the checksums, or an ErrDigest that names the first that differs.
func (s *sums) check(given Checksums) (Checksums, error) {
	got := Checksums{
		MD5: hex.EncodeToString(s.md5.Sum(nil)), SHA1: s.other("SHA-1"), SHA256: s.other("SHA-256"), SHA384: s.other("SHA-384"), SHA512: s.other("SHA-512"),
	}
	for _, c := range []struct{ name, given, got string }{
		{"MD5", given.MD5, got.MD5}, {"SHA-1", given.SHA1, got.SHA1}, {"SHA-256", given.SHA256, got.SHA256}, {"SHA-384", given.SHA384, got.SHA384}, {"SHA-512", given.SHA512, got.SHA512},
	} {
		if c.given != "" && !strings.EqualFold(c.given, c.got) {
			return got, &Error{ErrDigest.Status, ErrDigest.Code, "The " + c.name + " checksum you specified did not match what we received.\n" +
				"You provided a " + c.name + " checksum with value: " + strings.ToLower(c.given) + "\nActual " + c.name + " was: " + c.got}
		}
	}
	return got, nil
}

func (s *sums) other(name string) string {
	if h := s.others[name]; h != nil {
		return hex.EncodeToString(h.Sum(nil))
	}
	return ""
}
