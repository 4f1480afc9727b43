package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// BenchmarkGet answers a get of 288 bytes over loopback, with and without what stands around the API:
// deadlines, counts and metrics: what the difference of the two costs.
func BenchmarkGet(b *testing.B) {
	s, err := Open(Options{Data: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ctx := b.Context()
	a, err := s.platform.EnsureAccount(ctx, "test", "")
	if err != nil {
		b.Fatal(err)
	}
	info, err := s.platform.CreateNamespace(ctx, a.ID, "", "t")
	if err != nil {
		b.Fatal(err)
	}
	ns, err := s.platform.Namespace(ctx, a.ID, info.ID)
	if err != nil {
		b.Fatal(err)
	}
	if err := ns.Put(ctx, kv.Pair{Key: "k", Item: kv.Item{Value: make([]byte, 288)}}); err != nil {
		b.Fatal(err)
	}
	token, _, err := s.platform.CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Read})
	if err != nil {
		b.Fatal(err)
	}
	for name, handler := range map[string]http.Handler{"plain": http.HandlerFunc(s.route), "measured": http.HandlerFunc(s.exchange)} {
		b.Run(name, func(b *testing.B) {
			served := httptest.NewServer(handler)
			defer served.Close()
			req, err := http.NewRequest("GET", served.URL+"/client/v4/accounts/"+a.ID+"/storage/kv/namespaces/"+info.ID+"/values/k", nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+token)
			b.ReportAllocs()
			for b.Loop() {
				res, err := served.Client().Do(req)
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, res.Body); n != 288 || err != nil {
					b.Fatal(n, err)
				}
				res.Body.Close()
			}
		})
	}
}
