//go:build npm

package conformance

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

func bulkPut(t *testing.T, s *shell) {
	sent, want := s.bulkFile()
	s.run(t, kvCommand("bulk", "put", s.json(t, "pairs.json", sent), "--binding", "KV", "--env", "staging", "--preview")...)
	s.stored(t, s.stagingPreview, want)
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
	s.put(t, s.stagingPreview, kv.Pair{Key: "a key before"}, kv.Pair{Key: "l, behind"})
	got := printed[[]keyShown](t, s, kvCommand("key", "list", "--prefix", "key ", "--binding", "KV", "--env", "staging", "--preview")...)
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
	got := printed[map[string]any](t, s, kvCommand("bulk", "get", s.json(t, "get.json", asked), "--namespace-id", s.stagingPreview)...)
	if diff := cmp.Diff(want, got); diff != "" || len(asked) != kv.MaxBulkGet {
		t.Errorf("bulk get of %d (-want +got):\n%s", len(asked), diff)
	}
}

// wrangler sends all keys of the file at once, whatever their number.
func bulkGetTooMany(t *testing.T, s *shell) {
	file := s.json(t, "many.json", keysOf(pairs(kv.MaxBulkGet+1)))
	s.refused(t, "You can request a maximum of 100 keys' [code: 10029]", kvCommand("bulk", "get", file, "--namespace-id", s.stagingPreview)...)
}

// Each second key is an object with the name, as key list prints them.
func bulkDelete(t *testing.T, s *shell) {
	var keys []any
	for i, key := range keysOf(pairs(fullBulk)) {
		if i%2 == 0 {
			keys = append(keys, key)
		} else {
			keys = append(keys, map[string]string{"name": key})
		}
	}
	s.run(t, kvCommand("bulk", "delete", s.json(t, "keys.json", keys), "--force", "--binding", "KV", "--env", "staging", "--preview")...)
	if diff := cmp.Diff([]string{"a key before", "l, behind"}, names(s.keys(t, s.stagingPreview))); diff != "" {
		t.Errorf("after bulk delete (-want +got):\n%.2000s", diff)
	}
}
