package server_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/bindery-dev/bindery/internal/server"
)

// locked is a buffer that the server's goroutines share.
type locked struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

// However much is logged, no line has a token of whatever kind, a key's name, a value or metadata in it.
func TestNothingSecretIsLogged(t *testing.T) {
	// In the forms that Cloudflare publishes: scannable tokens and keys, tokens and keys of before, origin CA keys.
	cloudflare := []string{
		"cfut_" + strings.Repeat("aB3dE5", 8), "cfat_" + strings.Repeat("aB3dE6", 8), "cfk_" + strings.Repeat("aB3dE7", 8),
		"cfut_short1", strings.Repeat("aB-d_", 8), strings.Repeat("0123456789abc", 3)[:37], "v1.0-" + strings.Repeat("0123456789abcdef", 10),
	}
	var log locked
	n := newTenant(t, server.Options{Data: t.TempDir(), Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	send := func(method, path, body string, header http.Header) int {
		req, err := http.NewRequest(method, n.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	secrets := append([]string{n.token, "bindery_token_unknownsecret", "secret-key", "secret-value", "secret-metadata", "secret-prefix", "secret-title"}, cloudflare...)
	for _, token := range append([]string{n.token, "bindery_token_unknownsecret", "bad token"}, cloudflare...) {
		for i, header := range []http.Header{
			{"Authorization": {"Bearer " + token}}, {"Authorization": {token}}, {"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+token))}},
			{"X-Auth-Key": {token}, "X-Auth-Email": {"a@b.invalid"}}, {"X-Auth-User-Service-Key": {token}}, {"X-Api-Key": {token}},
		} {
			at := n.namespace
			for _, row := range [][3]string{
				{"PUT", at + "/values/secret-key?expiration_ttl=secret-value", "secret-value"},
				{"PUT", at + "/values/secret-key", "secret-value"},
				{"GET", at + "/values/secret-key", ""},
				{"GET", at + "/values/" + strings.Repeat("secret-key", 60), ""},
				{"GET", at + "/keys?prefix=secret-prefix&limit=x", ""},
				{"PUT", at + "/bulk", `[{"key":"secret-key","value":"secret-value","metadata":"secret-metadata"},{"key":"secret-key"}]`},
				{"POST", at, `{"title":"secret-title"}`},
				{"POST", at[:strings.LastIndex(at, "/")], `{"title":"secret-title"}`},
				{"GET", "/client/v4/user/tokens/verify?token=" + "secret-value", ""},
				{"GET", "/secret-key", ""},
				{"POST", "/bindery/v1/tokens", `{"name":"secret-title"}`},
			} {
				status := send(row[0], row[1], row[2], header)
				if known := token == n.token && i == 0; !known && status < 400 {
					t.Errorf("%s with header %d of token %q: got %d", row[0], i, fmt.Sprintf("%.8s…", token), status)
				}
			}
		}
	}
	text := log.String()
	if strings.Count(text, "request answered") < 500 {
		t.Fatalf("the log has few requests:\n%.2000s", text)
	}
	for _, secret := range secrets {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))} {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("the log has %q: …%s…", secret, text[max(0, i-200):min(len(text), i+100)])
			}
		}
	}
}
