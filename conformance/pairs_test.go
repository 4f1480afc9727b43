//go:build npm

package conformance

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

// fullBulk is the most that one bulk file of Cloudflare may hold; wrangler sends it in slices.
const fullBulk = kv.MaxBulkPut

// bulkPair is a line of the file.
type bulkPair struct {
	Key           string          `json:"key"`
	Value         string          `json:"value"`
	Base64        bool            `json:"base64,omitempty"`
	Expiration    int64           `json:"expiration,omitempty"`
	ExpirationTTL int64           `json:"expiration_ttl,omitempty"`
	Metadata      json.RawMessage `json:"metadata,omitempty"`
}

// bulkFile has pairs of every kind: each fourth in base64 and no text, each fourth
// with metadata, each fourth with an expiration.
func (f *flat) bulkFile() (sent []bulkPair, want []kv.Pair) {
	want = pairs(fullBulk)
	for i := range want {
		p := &want[i]
		var b bulkPair
		switch i % 4 {
		case 1:
			p.Value = append(p.Value, 0, 0xff)
			b = bulkPair{Value: base64.StdEncoding.EncodeToString(p.Value), Base64: true}
		case 2:
			p.Metadata = json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))
			b = bulkPair{Value: string(p.Value), Metadata: p.Metadata}
		case 3:
			p.Expiration = f.expires
			b = bulkPair{Value: string(p.Value), Expiration: f.expires}
		default:
			b = bulkPair{Value: string(p.Value)}
		}
		b.Key = p.Key
		sent = append(sent, b)
	}
	return sent, want
}

// stored checks that a namespace holds the pairs and nothing else: all keys with
// metadata and expiration, and the values of every eleventh.
func (f *flat) stored(t *testing.T, id string, want []kv.Pair) {
	t.Helper()
	got := f.keys(t, id)
	var infos []kv.KeyInfo
	for _, p := range want {
		infos = append(infos, kv.KeyInfo{Name: p.Key, Expiration: p.Expiration, Metadata: p.Metadata})
	}
	if diff := cmp.Diff(infos, got); diff != "" {
		t.Fatalf("list (-want +got):\n%.2000s", diff)
	}
	for i := 0; i < len(want); i += 11 {
		f.holds(t, id, want[i].Key, string(want[i].Value), string(want[i].Metadata), want[i].Expiration)
	}
}

// pairs makes n, in the order of their keys.
func pairs(n int) []kv.Pair {
	all := make([]kv.Pair, n)
	for i := range all {
		key := fmt.Sprintf("key %05d", i)
		all[i] = kv.Pair{Key: key, Item: kv.Item{Value: []byte("value of " + key)}}
	}
	return all
}

func keysOf(pairs []kv.Pair) (keys []string) {
	for _, p := range pairs {
		keys = append(keys, p.Key)
	}
	return keys
}

func names(all []kv.KeyInfo) (names []string) {
	for _, k := range all {
		names = append(names, k.Name)
	}
	return names
}

// binary is a value of n bytes, of which no client could make text and back.
func binary(n int) []byte {
	all := make([]byte, n)
	for i := range all {
		all[i] = byte(i * i >> 3)
	}
	return all
}
