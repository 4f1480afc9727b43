//go:build npm

package conformance

import (
	"strconv"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

const (
	greeting         = "grüß dich"
	greetingMetadata = `{"by":"me","n":[1]}`
	odd              = `a/b c?é%2F#+&^|"..` // a key
	blobSize         = 300_000
)

func putText(t *testing.T, s *shell) {
	s.run(t, kvCommand("key", "put", "greeting", greeting, "--metadata", greetingMetadata, "--expiration", strconv.FormatInt(s.expires, 10), "--namespace-id", s.production)...)
	s.holds(t, s.production, "greeting", greeting, greetingMetadata, s.expires)
}

func putFile(t *testing.T, s *shell) {
	before := time.Now().Unix()
	file := s.file(t, "blob", binary(blobSize))
	s.run(t, kvCommand("key", "put", odd, "--path", file, "--ttl", "3600", "--namespace-id", s.production)...)
	s.holds(t, s.production, odd, string(binary(blobSize)), "", before+3600)
}

func putFilePreview(t *testing.T, s *shell) {
	file := s.file(t, "blob", binary(blobSize))
	s.run(t, kvCommand("key", "put", "blob", "--path", file, "--metadata", `{"kind":"blob"}`, "--binding", "KV", "--env", "staging", "--preview")...)
	s.holds(t, s.stagingPreview, "blob", string(binary(blobSize)), `{"kind":"blob"}`, 0)
}

func putEmpty(t *testing.T, s *shell) {
	s.run(t, kvCommand("key", "put", "empty", "--path", s.file(t, "empty", nil), "--namespace-id", s.production)...)
	s.holds(t, s.production, "empty", "", "", 0)
}

func putSoon(t *testing.T, s *shell) {
	s.refused(t, "Expiration TTL must be at least 60.' [code: 10034]", kvCommand("key", "put", "soon", "v", "--ttl", "30", "--namespace-id", s.production)...)
	s.lacks(t, s.production, "soon")
}

// reads runs key get and compares what it prints; with --text it ends the line.
func reads(t *testing.T, s *shell, want string, args ...string) {
	t.Helper()
	if got := s.run(t, kvCommand(append([]string{"key", "get"}, args...)...)...); got != want {
		t.Errorf("get %q printed %.80q (%d bytes), want %.80q (%d bytes)", args, got, len(got), want, len(want))
	}
}

func getBytes(t *testing.T, s *shell) {
	reads(t, s, string(binary(blobSize)), odd, "--namespace-id", s.production)
}

func getText(t *testing.T, s *shell) {
	reads(t, s, greeting+"\n", "greeting", "--text", "--binding", "KV", "--preview=false")
}

func getMissing(t *testing.T, s *shell) {
	s.refused(t, "404: Not Found", kvCommand("key", "get", "nowhere", "--namespace-id", s.production)...)
}

func deleteKey(t *testing.T, s *shell) {
	s.run(t, kvCommand("key", "delete", odd, "--namespace-id", s.production)...)
	s.lacks(t, s.production, odd)
	s.holds(t, s.production, "empty", "", "", 0)
}

func deleteKeyPreview(t *testing.T, s *shell) {
	s.put(t, s.stagingPreview, kv.Pair{Key: "greeting"})
	s.run(t, kvCommand("key", "delete", "greeting", "--binding", "KV", "--env", "staging", "--preview")...)
	s.lacks(t, s.stagingPreview, "greeting")
	s.holds(t, s.production, "greeting", greeting, greetingMetadata, s.expires)
}

// What wrangler makes of this key is the path of the namespace, and a slash.
func deleteDots(t *testing.T, s *shell) {
	s.refused(t, "7003", kvCommand("key", "delete", "..", "--namespace-id", s.production)...)
	s.holds(t, s.production, "empty", "", "", 0)
}
