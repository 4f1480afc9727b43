//go:build npm

package conformance

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

func libraryPut(t *testing.T, u *user) {
	u.run(t, call{Call: "values.update", Namespace: u.production, Key: "blob", Value: binary(blobSize)}, nil)
	u.holds(t, u.production, "blob", string(binary(blobSize)), "", 0)
}

func libraryPutTTL(t *testing.T, u *user) {
	before := time.Now().Unix()
	u.run(t, call{Call: "values.update", Namespace: u.production, Key: "ttl", Value: []byte("v"), Metadata: json.RawMessage(greetingMetadata), TTL: 3600}, nil)
	u.holds(t, u.production, "ttl", "v", greetingMetadata, before+3600)
}

func libraryPutExpiration(t *testing.T, u *user) {
	u.run(t, call{Call: "values.update", Namespace: u.production, Key: "at", Value: []byte("v"), Expiration: u.expires}, nil)
	u.holds(t, u.production, "at", "v", "", u.expires)
}

func libraryPutOdd(t *testing.T, u *user) {
	u.run(t, call{Call: "values.update", Namespace: u.production, Key: odd, Value: []byte("v")}, nil)
	u.holds(t, u.production, odd, "v", "", 0)
}

func libraryPutSoon(t *testing.T, u *user) {
	u.refused(t, 400, 10034, call{Call: "values.update", Namespace: u.production, Key: "soon", Value: []byte("v"), TTL: 30})
	u.lacks(t, u.production, "soon")
}

func libraryPutLate(t *testing.T, u *user) {
	u.refused(t, 400, 10033, call{Call: "values.update", Namespace: u.production, Key: "late", Value: []byte("v"), Expiration: 1_000_000_000})
	u.lacks(t, u.production, "late")
}

func libraryGetValue(t *testing.T, u *user) {
	for key, want := range map[string]string{"blob": string(binary(blobSize)), odd: "v"} {
		var got []byte
		if u.run(t, call{Call: "values.get", Namespace: u.production, Key: key}, &got); string(got) != want {
			t.Errorf("key %q: got %d bytes, want %d", key, len(got), len(want))
		}
	}
}

func libraryGetMissing(t *testing.T, u *user) {
	u.refused(t, 404, 10009, call{Call: "values.get", Namespace: u.production, Key: "nowhere"})
}

func libraryMetadata(t *testing.T, u *user) {
	u.put(t, u.production, kv.Pair{Key: "m", Item: kv.Item{Metadata: json.RawMessage(`{"a":[1,"x"]}`)}})
	var got any
	u.run(t, call{Call: "metadata.get", Namespace: u.production, Key: "m"}, &got)
	if diff := cmp.Diff(any(map[string]any{"a": []any{1.0, "x"}}), got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func libraryMetadataNone(t *testing.T, u *user) {
	var got any
	if u.run(t, call{Call: "metadata.get", Namespace: u.production, Key: "blob"}, &got); got != nil {
		t.Errorf("got %v, want none", got)
	}
}

func libraryDeleteValue(t *testing.T, u *user) {
	u.run(t, call{Call: "values.delete", Namespace: u.production, Key: odd}, nil)
	u.lacks(t, u.production, odd)
	u.holds(t, u.production, "blob", string(binary(blobSize)), "", 0)
}

func libraryDeleteMissing(t *testing.T, u *user) {
	u.run(t, call{Call: "values.delete", Namespace: u.production, Key: "nowhere"}, nil)
}
