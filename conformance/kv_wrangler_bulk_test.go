//go:build npm

package conformance

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

func bulkPut(t *testing.T, s *shell) {
	sent, want := s.bulkFile()
	s.run(t, kvCommand("bulk", "put", s.json(t, "pairs.json", sent), "--namespace-id", s.production)...)
	s.stored(t, s.production, want)
}

func bulkPutPreview(t *testing.T, s *shell) {
	before := time.Now().Unix()
	file := s.json(t, "few.json", []bulkPair{{Key: "a/1", Value: "x", ExpirationTTL: 3600}, {Key: "a/2", Value: "y"}, {Key: "b", Value: "z"}})
	s.run(t, kvCommand("bulk", "put", file, "--binding", "KV", "--preview")...)
	s.holds(t, s.preview, "a/1", "x", "", before+3600)
	s.holds(t, s.preview, "b", "z", "", 0)
}

func bulkPutSoon(t *testing.T, s *shell) {
	file := s.json(t, "soon.json", []bulkPair{{Key: "c", Value: "x"}, {Key: "d", Value: "y", ExpirationTTL: 30}})
	s.refused(t, "[code: 10034]", kvCommand("bulk", "put", file, "--binding", "KV", "--preview")...)
	s.lacks(t, s.preview, "c")
}

// keyShown is a key as clients show it.
type keyShown struct {
	Name       string          `json:"name"`
	Expiration int64           `json:"expiration"`
	Metadata   json.RawMessage `json:"metadata"`
}

func listKeys(t *testing.T, s *shell) {
	_, want := s.bulkFile()
	got := printed[[]keyShown](t, s, kvCommand("key", "list", "--namespace-id", s.production)...)
	if len(got) != len(want) {
		t.Fatalf("list printed %d keys, want %d", len(got), len(want))
	}
	for i, p := range want {
		var text []byte
		if got[i].Metadata != nil {
			text, _ = json.Marshal(got[i].Metadata) // wrangler prints it in lines
		}
		if got[i].Name != p.Key || got[i].Expiration != p.Expiration || string(text) != string(p.Metadata) {
			t.Fatalf("list printed %+v with metadata %s as number %d, want %q, %d, %s", got[i], text, i, p.Key, p.Expiration, p.Metadata)
		}
	}
}

func listPrefix(t *testing.T, s *shell) {
	got := printed[[]kv.KeyInfo](t, s, kvCommand("key", "list", "--prefix", "a/", "--binding", "KV", "--preview")...)
	if diff := cmp.Diff([]string{"a/1", "a/2"}, names(got)); diff != "" {
		t.Errorf("list --prefix (-want +got):\n%s", diff)
	}
}

func bulkGet(t *testing.T, s *shell) {
	var asked []any
	want := map[string]any{"nowhere": nil}
	for i, p := range pairs(199) {
		if i%2 == 1 { // those in base64 are no text
			continue
		}
		if len(asked)%2 == 0 {
			asked = append(asked, p.Key)
		} else {
			asked = append(asked, map[string]string{"name": p.Key})
		}
		want[p.Key] = string(p.Value)
	}
	asked[0] = "nowhere"
	delete(want, "key 00000")
	got := printed[map[string]any](t, s, kvCommand("bulk", "get", s.json(t, "get.json", asked), "--namespace-id", s.production)...)
	if diff := cmp.Diff(want, got); diff != "" || len(asked) != kv.MaxBulkGet {
		t.Errorf("bulk get of %d (-want +got):\n%s", len(asked), diff)
	}
}

// wrangler sends all keys of the file at once, whatever their number.
func bulkGetTooMany(t *testing.T, s *shell) {
	file := s.json(t, "many.json", keysOf(pairs(kv.MaxBulkGet+1)))
	s.refused(t, "You can request a maximum of 100 keys' [code: 10029]", kvCommand("bulk", "get", file, "--namespace-id", s.production)...)
}

func bulkGetBinary(t *testing.T, s *shell) {
	file := s.json(t, "binary.json", []string{"key 00001"})
	s.refused(t, "non-text value' [code: 10029]", kvCommand("bulk", "get", file, "--namespace-id", s.production)...)
}

func bulkDelete(t *testing.T, s *shell) {
	s.put(t, s.production, kv.Pair{Key: "stays"})
	file := s.json(t, "keys.json", keysOf(pairs(fullBulk)))
	s.run(t, kvCommand("bulk", "delete", file, "--force", "--namespace-id", s.production)...)
	if diff := cmp.Diff([]string{"stays"}, names(s.keys(t, s.production))); diff != "" {
		t.Errorf("after bulk delete (-want +got):\n%.2000s", diff)
	}
}

func bulkDeleteEnv(t *testing.T, s *shell) {
	s.put(t, s.staging, pairs(3)...)
	file := s.json(t, "named.json", []map[string]string{{"name": "key 00000"}, {"name": "key 00002"}, {"name": "nowhere"}})
	s.run(t, kvCommand("bulk", "delete", file, "--binding", "KV", "--env", "staging")...)
	if diff := cmp.Diff([]string{"key 00001"}, names(s.keys(t, s.staging))); diff != "" {
		t.Errorf("after bulk delete (-want +got):\n%s", diff)
	}
}
