package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// benched is a server on disk with one namespace, and how to ask it.
type benched struct {
	url, token string
}

func openBenched(b *testing.B) benched {
	b.Helper()
	s, err := Open(Options{Data: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	served := httptest.NewServer(http.HandlerFunc(s.exchange))
	b.Cleanup(func() { served.Close(); s.Close() })
	a, err := s.platform.EnsureAccount(context.Background(), "test", "")
	if err != nil {
		b.Fatal(err)
	}
	ns, err := s.platform.CreateNamespace(context.Background(), a.ID, "", "t")
	if err != nil {
		b.Fatal(err)
	}
	token, _, err := s.platform.CreateToken(context.Background(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		b.Fatal(err)
	}
	return benched{url: served.URL + "/client/v4/accounts/" + a.ID + "/storage/kv/namespaces/" + ns.ID, token: token}
}

func (s benched) ask(b *testing.B, method, path string, body []byte) int64 {
	b.Helper()
	req, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatal(res.Status, err)
	}
	return n
}

// pairsBody is the body of a bulk put of n pairs, from the first on.
func pairsBody(b *testing.B, first, n int) []byte {
	b.Helper()
	value := strings.Repeat("0123456789abcdef", 18)
	pairs := make([]wire.BulkPair, n)
	for i := range pairs {
		pairs[i] = wire.BulkPair{Key: fmt.Sprintf("user:%08d", first+i), Value: &value}
	}
	body, err := json.Marshal(pairs)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// BenchmarkBulk has the largest bulk calls and pages there are, over loopback.
func BenchmarkBulk(b *testing.B) {
	s := openBenched(b)
	var bodies [10][]byte
	for i := range bodies {
		bodies[i] = pairsBody(b, i*kv.MaxBulkPut, kv.MaxBulkPut)
	}
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s.ask(b, "PUT", "/bulk", bodies[i%len(bodies)])
		}
	})
	keys := make([]string, kv.MaxBulkGet)
	for i := range keys {
		keys[i] = fmt.Sprintf("user:%08d", i*97)
	}
	asked, err := json.Marshal(wire.BulkGetRequest{Keys: keys})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.ask(b, "POST", "/bulk/get", asked)
		}
	})
	b.Run("list", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.ask(b, "GET", "/keys", nil)
		}
	})
}
