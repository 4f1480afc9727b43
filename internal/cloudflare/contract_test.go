package cloudflare_test

import (
	"context"
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"github.com/bindery-dev/bindery/internal/api/apitest"
	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// An account that is reached over HTTP passes the same suite as the stores do, so
// client and server are both held to the contract, against each other.
func TestContract(t *testing.T) {
	for name, folder := range map[string]func(*testing.T) string{
		"memory": func(*testing.T) string { return "" },
		"disk":   func(t *testing.T) string { return t.TempDir() },
	} {
		t.Run(name, func(t *testing.T) {
			clock := kvtest.NewClock()
			w := serve(t, server.Options{Data: folder(t), Now: clock.Now})
			kvtest.Run(t, func(t *testing.T) kv.Namespace {
				made, err := w.client.CreateNamespace(t.Context(), w.account, t.Name())
				if err != nil {
					t.Fatal(err)
				}
				return w.client.Namespace(w.account, made.ID)
			}, kvtest.Options{Clock: clock, Bulk: true})
		})
	}
}

// world is a server with one account, and a client that may edit it.
type world struct {
	server  *server.Server
	account string
	client  *cloudflare.Client
}

func serve(t *testing.T, o server.Options) world {
	t.Helper()
	o.Around = func(h http.Handler) http.Handler { return apitest.Check(h, t.Errorf) } // all is held against the OpenAPI document
	s, err := server.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close server: %v", err)
		}
	})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	a, err := s.Platform().EnsureAccount(context.Background(), "test", "")
	if err != nil {
		t.Fatal(err)
	}
	w := world{server: s, account: a.ID}
	w.client = w.as(t, platform.TokenInfo{Name: "edit", Accounts: []string{a.ID}, Permission: platform.Edit})
	return w
}

// as returns a client with a token of its own.
func (w world) as(t *testing.T, token platform.TokenInfo) *cloudflare.Client {
	t.Helper()
	secret, _, err := w.server.Platform().CreateToken(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	c := cloudflare.New(cloudflare.Options{BaseURL: w.server.BaseURL(), Token: cloudflare.Token(secret)})
	t.Cleanup(c.Close)
	return c
}
