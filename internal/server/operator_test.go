package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

func operate(t *testing.T, dir string) server.Operator {
	t.Helper()
	o, err := server.Operate(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Errorf("close operator: %v", err)
		}
	})
	return o
}

// An operator does the same whether a server runs on the folder or not.
func TestOperator(t *testing.T) {
	t.Run("of a running server", func(t *testing.T) {
		dir := t.TempDir()
		start(t, server.Options{Data: dir})
		testOperator(t, operate(t, dir))
	})
	t.Run("of a folder", func(t *testing.T) {
		testOperator(t, operate(t, t.TempDir()))
	})
}

func testOperator(t *testing.T, o server.Operator) {
	ctx := t.Context()
	a, err := o.EnsureAccount(ctx, "test", "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := o.EnsureAccount(ctx, "test", a.ID); err != nil || again != a {
		t.Errorf("EnsureAccount again: got %v, %v; want %v", again, err, a)
	}
	if all, err := o.Accounts(ctx); err != nil || len(all) != 1 || all[0] != a {
		t.Errorf("Accounts: got %v, %v; want %v", all, err, a)
	}

	end := time.Now().Add(time.Hour).UTC().Round(time.Second)
	secret, token, err := o.CreateToken(ctx, platform.TokenInfo{Name: "ci", Accounts: []string{a.ID}, Permission: platform.Read, Expires: &end})
	if err != nil || secret == "" || token.Name != "ci" || token.Accounts[0] != a.ID || !token.Expires.Equal(end) {
		t.Errorf("CreateToken: got %d characters, %+v, %v", len(secret), token, err)
	}
	if all, err := o.Tokens(ctx); err != nil || len(all) != 1 || all[0].ID != token.ID {
		t.Errorf("Tokens: got %v, %v; want %v", all, err, token)
	}
	if err := o.RevokeToken(ctx, token.ID); err != nil {
		t.Errorf("RevokeToken: %v", err)
	}
	if all, err := o.Tokens(ctx); err != nil || len(all) != 0 {
		t.Errorf("Tokens after RevokeToken: got %v, %v; want none", all, err)
	}

	_, key, err := o.CreateAPIKey(ctx, "old")
	if err != nil {
		t.Fatal(err)
	}
	if secret, _, err := o.CreateAPIKey(ctx, "new"); err != nil || secret == "" {
		t.Errorf("CreateAPIKey: %v", err)
	}
	if err := o.RevokeAPIKey(ctx, key.ID); err != nil {
		t.Errorf("RevokeAPIKey: %v", err)
	}
	if all, err := o.APIKeys(ctx); err != nil || len(all) != 1 || all[0].Name != "new" {
		t.Errorf("APIKeys: got %v, %v; want the new one", all, err)
	}

	if _, _, err := o.CreateAPIKey(ctx, "second"); err != nil {
		t.Fatal(err)
	}
	_, _, tooMany := o.CreateAPIKey(ctx, "third")
	_, conflict := o.EnsureAccount(ctx, "other", a.ID)
	_, invalid := o.EnsureAccount(ctx, "", "no id")
	_, _, nameless := o.CreateToken(ctx, platform.TokenInfo{})
	_, _, unnamed := o.CreateAPIKey(ctx, "")
	_, _, nowhere := o.CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Read, Accounts: []string{"cccccccccccccccccccccccccccccccc"}})
	for _, row := range []struct {
		what      string
		got, want error
	}{
		{"a third API key", tooMany, platform.ErrTooManyAPIKeys},
		{"an id under another name", conflict, platform.ErrAccountConflict},
		{"an account id that is none", invalid, platform.ErrAccountInvalid},
		{"a token without a name", nameless, platform.ErrTokenInvalid},
		{"a key without a name", unnamed, platform.ErrAPIKeyInvalid},
		{"a token of no account", nowhere, platform.ErrAccountNotFound},
		{"revoke an unknown token", o.RevokeToken(ctx, token.ID), platform.ErrTokenNotFound},
		{"revoke an odd token", o.RevokeToken(ctx, "a/../b c"), platform.ErrTokenNotFound},
		{"revoke an unknown key", o.RevokeAPIKey(ctx, key.ID), platform.ErrAPIKeyNotFound},
	} {
		if !errors.Is(row.got, row.want) {
			t.Errorf("%s: got %v, want %v", row.what, row.got, row.want)
		}
	}
	var hinted interface{ Hint() string }
	if !errors.As(tooMany, &hinted) || !strings.Contains(hinted.Hint(), "revoke one") {
		t.Errorf("a third API key: the hint is lost on the way")
	}
}

func TestATokenWorksAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := start(t, server.Options{Data: dir})
	o := operate(t, dir)
	secret, token, err := o.CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Read})
	if err != nil {
		t.Fatal(err)
	}
	if status, body, err := fetch(t, "GET", s.BaseURL()+"/user/tokens/verify", secret, ""); err != nil || status != 200 {
		t.Errorf("with the new token: got %d %s, %v; want 200", status, body, err)
	}
	if err := o.RevokeToken(t.Context(), token.ID); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := fetch(t, "GET", s.BaseURL()+"/user/tokens/verify", secret, ""); status != 401 {
		t.Errorf("with the revoked token: got %d, want 401", status)
	}
}

func TestRunningFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "running.json")
	s, err := server.Open(server.Options{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("got %v, %v; want a file with mode 0600", info, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		PID         int
		URL, Secret string
	}
	if err := json.Unmarshal(text, &found); err != nil || found.PID != os.Getpid() || found.URL != s.URL() || len(found.Secret) < 26 {
		t.Errorf("got %s, %v; want pid, url and a secret", text, err)
	}

	for secret, want := range map[string]int{found.Secret: 200, "": 401, "wrong": 401, found.Secret + "x": 401} {
		status, body, err := fetch(t, http.MethodGet, s.URL()+"/bindery/v1/tokens", secret, "")
		if err != nil || status != want {
			t.Errorf("secret of %d characters: got %d %s, %v; want %d", len(secret), status, body, err, want)
		}
	}
	for path, body := range map[string]string{"tokens": "no json", "accounts": `{"name":"x","unknown":1}`} {
		if status, _, _ := fetch(t, http.MethodPost, s.URL()+"/bindery/v1/"+path, found.Secret, body); status != 400 {
			t.Errorf("POST %s %s: got %d, want 400", path, body, status)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "running.json*")); err != nil || len(left) > 0 {
		t.Errorf("after the stop there is still %q", left)
	}
}

// After a kill the file stays. Its port may be nobody's, or somebody else's.
func TestStaleRunningFile(t *testing.T) {
	other := start(t, server.Options{Data: t.TempDir()})
	for name, text := range map[string]string{
		"nobody":        `{"pid":1,"url":"http://127.0.0.1:1","secret":"x"}`,
		"somebody else": `{"pid":1,"url":"` + other.URL() + `","secret":"x"}`,
		"half a file":   `{"pid":1,"ur`,
		"odd":           `{"pid":1,"url":"no url at all\u0000"}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := operate(t, dir) // makes the folder a store
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "running.json"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			o := operate(t, dir)
			if _, err := o.EnsureAccount(t.Context(), "test", ""); err != nil {
				t.Error(err)
			}
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
			s := start(t, server.Options{Data: dir})
			if all, err := operate(t, dir).Accounts(t.Context()); err != nil || len(all) != 1 {
				t.Errorf("through the next server at %s: got %v, %v; want one account", s.URL(), all, err)
			}
		})
	}
}

func TestOperateWaitsForAFolder(t *testing.T) {
	dir := t.TempDir()
	held, err := server.Open(server.Options{Data: dir}) // opened, not yet listening
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	listening := make(chan error)
	go func() {
		time.Sleep(100 * time.Millisecond)
		listening <- held.Listen()
	}()
	operate(t, dir)
	if err := <-listening; err != nil {
		t.Fatal(err)
	}
}

func TestOperateGivesUp(t *testing.T) {
	dir := t.TempDir()
	held, err := server.Open(server.Options{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = server.Operate(ctx, dir)
	var inUse *server.InUseError
	if !errors.As(err, &inUse) {
		t.Errorf("got %v, want an InUseError", err)
	}
}
