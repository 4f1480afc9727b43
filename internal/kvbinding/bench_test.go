package kvbinding_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/kvbinding"
)

// BenchmarkCall is what a call costs, in the bytes that workerd sends, over one connection
// that stays. The bare handler does the least that net/http lets anyone do.
func BenchmarkCall(b *testing.B) {
	value := strings.Repeat("v", 1024)
	ns := memkv.New(memkv.Options{}).Namespace("kv")
	if err := ns.Put(b.Context(), kv.Pair{Key: "k", Item: kv.Item{Value: []byte(value)}}); err != nil {
		b.Fatal(err)
	}
	ours := kvbinding.Handler(func(*http.Request) (kv.Namespace, error) { return ns, nil }, kvbinding.Options{})
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			_, _ = io.ReadAll(r.Body)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = io.WriteString(w, value)
	})
	const always = "Host: fake-host\r\nCF-KV-FLPROD-405: https://fake-host/k?urlencoded=true\r\n\r\n"
	for name, request := range map[string]string{
		"get": "GET /k?urlencoded=true HTTP/1.1\r\n" + always,
		"put": fmt.Sprintf("PUT /k?urlencoded=true HTTP/1.1\r\nContent-Length: %d\r\n%s%s", len(value), always, value),
	} {
		for peer, handler := range map[string]http.Handler{"ours": ours, "bare": bare} {
			b.Run(name+"/"+peer, func(b *testing.B) {
				s := httptest.NewServer(handler)
				defer s.Close()
				conn, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					b.Fatal(err)
				}
				defer conn.Close()
				in := bufio.NewReader(conn)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := io.WriteString(conn, request); err != nil {
						b.Fatal(err)
					}
					resp, err := http.ReadResponse(in, nil)
					if err != nil || resp.StatusCode != http.StatusOK {
						b.Fatalf("%v, %v", resp, err)
					}
					_, _ = io.Copy(io.Discard, resp.Body)
				}
			})
		}
	}
}
