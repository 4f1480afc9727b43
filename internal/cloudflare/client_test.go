package cloudflare_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

const (
	account = "0123456789abcdef0123456789abcdef"
	id      = "fedcba9876543210fedcba9876543210"
	secret  = "bindery_token_that_must_not_be_seen"
)

// answers is a transport that gives one answer after the other, the last for ever.
type answers struct {
	list []answer
	sent []time.Time
}

type answer struct {
	status int
	header string // "Name: value"
	body   string
	err    error
	stall  bool // until the request's time is up
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.sent = append(a.sent, time.Now())
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	now := a.list[min(len(a.sent), len(a.list))-1]
	switch {
	case now.stall:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case now.err != nil:
		return nil, now.err
	}
	h := http.Header{"Content-Type": {"application/json"}, "Cf-Ray": {"8f00-AMS"}}
	if name, value, ok := strings.Cut(now.header, ": "); ok {
		h.Set(name, value)
	}
	return &http.Response{StatusCode: now.status, Header: h, Body: io.NopCloser(strings.NewReader(now.body)), Request: r}, nil
}

func with(list ...answer) (*cloudflare.Client, *answers) {
	a := &answers{list: list}
	return cloudflare.New(cloudflare.Options{
		BaseURL: "http://api.test/client/v4", Token: secret, HTTP: &http.Client{Transport: a},
	}), a
}

var (
	fine      = answer{status: 200, body: `{"success":true,"errors":[],"messages":[],"result":null}`}
	throttled = answer{status: 429, body: `{"success":false,"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}]}`}
	cut       = answer{err: io.ErrUnexpectedEOF}
)

func after(a answer, seconds string) answer {
	a.header = "Retry-After: " + seconds
	return a
}

func TestRetries(t *testing.T) {
	verify := func(c *cloudflare.Client, ctx context.Context) error { return c.Verify(ctx) }
	create := func(c *cloudflare.Client, ctx context.Context) error {
		_, err := c.CreateNamespace(ctx, account, "t")
		return err
	}
	put := func(c *cloudflare.Client, ctx context.Context) error {
		return c.Namespace(account, id).Put(ctx, kv.Pair{Key: "k", Item: kv.Item{Value: []byte("v"), Metadata: json.RawMessage(`1`)}})
	}
	putMany := func(c *cloudflare.Client, ctx context.Context) error {
		return c.Namespace(account, id).(kv.Bulk).PutMany(ctx, []kv.Pair{{Key: "k"}})
	}
	html := answer{status: 502, header: "Content-Type: text/html", body: "<h1>Bad gateway</h1>"}
	quiet := throttled
	quiet.status = 200 // Cloudflare was seen to do this
	for _, row := range []struct {
		name     string
		do       func(*cloudflare.Client, context.Context) error
		answers  []answer
		sent     int
		min, max time.Duration // the whole call
		want     error         // nil: success
	}{
		{"at once", verify, []answer{fine}, 1, 0, 0, nil},
		{"throttled, then fine", verify, []answer{throttled, fine}, 2, 375 * time.Millisecond, 500 * time.Millisecond, nil},
		{"a broken proxy twice, then fine", verify, []answer{html, html, fine}, 3, 1100 * time.Millisecond, 1500 * time.Millisecond, nil},
		{"a cut connection, then fine", verify, []answer{cut, fine}, 2, 375 * time.Millisecond, 500 * time.Millisecond, nil},
		{"it never ends", verify, []answer{throttled}, 3, 1100 * time.Millisecond, 1500 * time.Millisecond, kv.ErrUnavailable},
		{"971 inside a 200", verify, []answer{quiet, fine}, 2, 375 * time.Millisecond, 500 * time.Millisecond, nil},
		{"told how long to wait", verify, []answer{after(throttled, "7"), fine}, 2, 7 * time.Second, 7 * time.Second, nil},
		{"told until when to wait", verify, []answer{after(throttled, "Sat, 01 Jan 2000 00:00:05 GMT"), fine}, 2, 5 * time.Second, 5 * time.Second, nil},
		{"told to wait too long", verify, []answer{after(throttled, "300"), fine}, 1, 0, 0, kv.ErrUnavailable},
		{"a refusal is final", verify, []answer{{status: 401, body: `{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}]}`}}, 1, 0, 0, kv.ErrUnauthenticated},
		{"no answer in time", verify, []answer{{stall: true}}, 1, 30 * time.Second, 30 * time.Second, kv.ErrUnavailable},
		{"a put with a form", put, []answer{cut, fine}, 2, 375 * time.Millisecond, 500 * time.Millisecond, nil},
		{"a bulk put", putMany, []answer{cut, {status: 200, body: `{"success":true,"result":{"successful_key_count":1}}`}}, 2, 375 * time.Millisecond, 500 * time.Millisecond, nil},
		{"a create is sent once", create, []answer{cut, fine}, 1, 0, 0, kv.ErrUnavailable},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, a := with(row.answers...)
				started := time.Now()
				err := row.do(c, t.Context())
				took := time.Since(started)
				if !errors.Is(err, row.want) || (row.want == nil) != (err == nil) {
					t.Errorf("got error %v, want %v", err, row.want)
				}
				if len(a.sent) != row.sent || took < row.min || took > row.max {
					t.Errorf("got %d requests in %s, want %d in %s to %s", len(a.sent), took, row.sent, row.min, row.max)
				}
			})
		})
	}
}

func TestAnEndedContextEndsTheWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, a := with(after(throttled, "15"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		if err := c.Verify(ctx); !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("got %v, want the answer that was last given", err)
		}
		if took := time.Since(started); took != time.Second || len(a.sent) != 1 {
			t.Errorf("got %d requests in %s, want 1 in 1s", len(a.sent), took)
		}
	})
}

func TestOptionsForRetries(t *testing.T) {
	for retries, want := range map[int]int{-1: 1, 0: 3, 1: 2} {
		synctest.Test(t, func(t *testing.T) {
			a := &answers{list: []answer{cut}}
			c := cloudflare.New(cloudflare.Options{Retries: retries, HTTP: &http.Client{Transport: a}})
			if err := c.Verify(t.Context()); err == nil || len(a.sent) != want {
				t.Errorf("Retries %d: got %d requests and %v, want %d and an error", retries, len(a.sent), err, want)
			}
		})
	}
}

// What an answer means in terms of the contract, and that the user is told what to do.
func TestErrors(t *testing.T) {
	get := func(c *cloudflare.Client) error {
		_, err := c.Namespace(account, id).Get(t.Context(), "k")
		return err
	}
	verify := func(c *cloudflare.Client) error { return c.Verify(t.Context()) }
	for _, row := range []struct {
		name   string
		do     func(*cloudflare.Client) error
		status int
		code   int
		want   error // of package kv; nil when it has no word for it
		hint   string
	}{
		{"unknown token", verify, 401, wire.CodeAuthentication, kv.ErrUnauthenticated, "unknown, expired or revoked"},
		{"token of another account", get, 403, wire.CodeAuthentication, kv.ErrPermission, "does not see this account or lacks a permission"},
		{"token refused at the edge", verify, 403, wire.CodeUnauthorized, kv.ErrPermission, "may not read this resource"},
		{"no token", verify, 400, wire.CodeMissingAuth, kv.ErrUnauthenticated, "CLOUDFLARE_API_TOKEN"},
		{"half a token", verify, 400, wire.CodeInvalidHeaders, kv.ErrUnauthenticated, "quotes"},
		{"token of an account", verify, 401, wire.CodeInvalidToken, kv.ErrUnauthenticated, "an account owns"},
		{"busy", verify, 403, wire.CodeAuthenticationBusy, kv.ErrUnavailable, "try again"},
		{"account id missing", get, 404, wire.CodeMalformedPath, nil, "CLOUDFLARE_ACCOUNT_ID"},
		{"throttled", get, 429, wire.CodeThrottled, kv.ErrUnavailable, "1,200 requests"},
		{"key not there", get, 404, wire.CodeKeyNotFound, kv.ErrKeyNotFound, ""},
		{"namespace of another account", get, 404, wire.CodeNamespaceNotFound, kv.ErrNamespaceNotFound, "belongs to another account"},
		{"placeholder", get, 400, wire.CodeMalformedNamespace, kv.ErrNamespaceNotFound, "placeholder"},
		{"cursor", get, 400, wire.CodeCursorInvalid, kv.ErrCursorInvalid, ""},
		{"cursor's number on another route", verify, 400, wire.CodeCursorInvalid, nil, "holds no KV namespace with that id"},
		{"key name's number on another route", verify, 400, wire.CodeKeyInvalid, nil, "no id (32 hex digits)"},
		{"expiration", get, 400, wire.CodeExpirationInvalid, kv.ErrExpirationInvalid, ""},
		{"metadata", get, 400, wire.CodeMetadataInvalidNewer, kv.ErrMetadataInvalid, ""},
		{"free plan", get, 429, wire.CodeFreeLimit, kv.ErrUnavailable, "midnight UTC"},
		{"broken inside", get, 500, wire.CodeInternal, kv.ErrUnavailable, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &answers{list: []answer{{status: row.status, body: fmt.Sprintf(`{"success":false,"errors":[{"code":%d,"message":"what they say"}]}`, row.code)}}}
			c := cloudflare.New(cloudflare.Options{Token: secret, Retries: -1, HTTP: &http.Client{Transport: a}})
			err := row.do(c)
			var refused *cloudflare.APIError
			if !errors.As(err, &refused) || refused.Code != row.code || refused.Status != row.status || refused.Ray != "8f00-AMS" {
				t.Fatalf("got %#v, want an APIError with code %d and status %d", err, row.code, row.status)
			}
			if !strings.Contains(err.Error(), fmt.Sprintf("what they say [code: %d, status: %d, ray: 8f00-AMS]", row.code, row.status)) {
				t.Errorf("got message %q, want what the server said, code, status and ray", err)
			}
			for _, sentinel := range sentinels {
				if is := errors.Is(err, sentinel); is != (sentinel == row.want) {
					t.Errorf("errors.Is(err, %q) = %v", sentinel, is)
				}
			}
			if !strings.Contains(refused.Hint(), row.hint) {
				t.Errorf("got hint %q, want %q in it", refused.Hint(), row.hint)
			}
		})
	}
}

var sentinels = []error{
	kv.ErrKeyNotFound, kv.ErrNamespaceNotFound, kv.ErrKeyInvalid, kv.ErrKeyTooLong, kv.ErrValueTooLarge, kv.ErrMetadataInvalid,
	kv.ErrMetadataTooLarge, kv.ErrExpirationInvalid, kv.ErrLimitInvalid, kv.ErrCursorInvalid, kv.ErrTooMany, kv.ErrPermission,
	kv.ErrUnauthenticated, kv.ErrUnavailable,
}

func TestAnswersOfSomethingElse(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer answer
		says   string
		hint   string
	}{
		{"a login page", answer{status: 200, header: "Content-Type: text/html; charset=utf-8", body: "<html>log in</html>"}, "not one of Cloudflare's API, but text/html", "a proxy or a login page"},
		{"another JSON", answer{status: 404, body: `{"error":"not found"}`}, "not one of Cloudflare's API", "/client/v4"},
		{"nothing", answer{status: 200}, "not one of Cloudflare's API", "/client/v4"},
		{"a redirect", answer{status: 302, header: "Location: https://login.example.com/", body: "moved"}, "status: 302", "the token was not sent on"},
		{"what steers a terminal", answer{status: 400, header: "CF-RAY: 8f\x1b[1m", body: `{"errors":[{"code":1,"message":"a\u001b[31mb\n\u0007c\u202e"}]}`}, ": a [31mb  c  [code: 1, status: 400, ray: 8f [1m]", ""},
		{"a list", answer{status: 200, body: `[]`}, "not one of Cloudflare's API", "/client/v4"},
		{"another result", answer{status: 200, body: `{"success":true,"result":7}`}, "not have the expected form", ""},
		{"success that is none", answer{status: 500, body: `{"success":true,"result":[]}`}, "expected form [status: 500", ""},
		{"a broken proxy", answer{status: 503, header: "Content-Type: text/plain", body: "upstream"}, "status: 503", "try again"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &answers{list: []answer{row.answer}}
			c := cloudflare.New(cloudflare.Options{Token: secret, Retries: -1, HTTP: &http.Client{Transport: a}})
			_, err := c.Accounts(t.Context())
			var refused *cloudflare.APIError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), row.says) || !strings.Contains(refused.Hint(), row.hint) {
				t.Fatalf("got %v with hint %q, want %q with %q", err, hint(err), row.says, row.hint)
			}
			if len(a.sent) != 1 {
				t.Errorf("got %d requests, want 1", len(a.sent))
			}
		})
	}
}

func hint(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

func TestNobodyAnswers(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	closed.Close()
	for _, row := range []struct{ base, says, hint string }{
		{nobody + "/client/v4", "server at " + nobody + "/client/v4 does not answer: ", "bindery serve"},
		{"http://user:password@" + strings.TrimPrefix(nobody, "http://"), "user:xxxxx@", "bindery serve"},
		{"api.cloudflare.com/client/v4", "base URL", "CLOUDFLARE_API_BASE_URL"},
		{"http://a b", "base URL", "CLOUDFLARE_API_BASE_URL"},
		{"http://user:pass word@host", `base URL "…@host": net/url: invalid userinfo`, "CLOUDFLARE_API_BASE_URL"},
		{"ftp://user:password@host/", `base URL "ftp://user:xxxxx@host"`, "CLOUDFLARE_API_BASE_URL"},
		{"user:password@host/client/v4", `base URL "…@host/client/v4"`, "CLOUDFLARE_API_BASE_URL"},
		{"ftp://host/", "base URL", "CLOUDFLARE_API_BASE_URL"},
	} {
		c := cloudflare.New(cloudflare.Options{BaseURL: row.base, Token: secret, Retries: -1})
		err := c.Verify(t.Context())
		c.Close()
		if err == nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(hint(err), row.hint) {
			t.Errorf("%s: got %v with hint %q, want %q with %q", row.base, err, hint(err), row.says, row.hint)
		}
		if err != nil && strings.Contains(err.Error(), "pass") {
			t.Errorf("%s: the error has the password: %v", row.base, err)
		}
	}
}

// The token goes into one header of requests to one host, and nowhere else.
func TestTheTokenStaysWhereItBelongs(t *testing.T) {
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))

	var stolen atomic.Bool
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stolen.Store(true)
	}))
	defer thief.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+secret {
			t.Errorf("got Authorization %q", r.Header.Get("Authorization"))
		}
		http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer api.Close()

	o := cloudflare.Options{BaseURL: api.URL, Token: secret, Log: log}
	c := cloudflare.New(o)
	defer c.Close()
	err := c.Verify(t.Context())
	if err == nil || stolen.Load() {
		t.Errorf("redirect: got error %v, followed: %v; want an error, and not followed", err, stolen.Load())
	}
	text, jsonErr := json.Marshal(map[string]any{"token": o.Token})
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	log.Info("options", "token", o.Token, "all", o)
	malformed := cloudflare.New(cloudflare.Options{BaseURL: api.URL, Token: secret + "\n"}).Verify(t.Context())
	if !errors.Is(malformed, kv.ErrUnauthenticated) || hint(malformed) == "" {
		t.Errorf("token with a line end: got %v", malformed)
	}
	for where, text := range map[string]string{
		"error": err.Error(), "error of a malformed token": malformed.Error(), "log": logged.String(), "JSON": string(text),
		"%v": fmt.Sprintf("%v", o), "%+v": fmt.Sprintf("%+v", o), "%#v": fmt.Sprintf("%#v", o), "Sprint": fmt.Sprint(o.Token), "%q": fmt.Sprintf("%q", o.Token),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("%s has the token in it: %s", where, text)
		}
	}
}

// An id that vanishes from a path would make another request of it.
func TestIDsThatWouldVanishAreNotSent(t *testing.T) {
	for _, bad := range []string{"", ".", ".."} {
		c, a := with(fine)
		for what, err := range map[string]error{
			"delete namespace":            c.DeleteNamespace(t.Context(), account, bad),
			"delete namespace of account": c.DeleteNamespace(t.Context(), bad, id),
			"delete key":                  c.Namespace(account, bad).Delete(t.Context(), "k"),
			"delete key of account":       c.Namespace(bad, id).Delete(t.Context(), "k"),
			"delete a bad key":            c.Namespace(account, id).Delete(t.Context(), bad),
			"delete keys":                 c.Namespace(account, bad).(kv.Bulk).DeleteMany(t.Context(), []string{"k"}),
		} {
			if err == nil || len(a.sent) > 0 {
				t.Errorf("%s %q: got %v after %d requests, want an error and none", what, bad, err, len(a.sent))
			}
		}
	}
}

func TestUnsuccessfulKeysAreAnError(t *testing.T) {
	c, _ := with(answer{status: 200, body: `{"success":true,"result":{"successful_key_count":1,"unsuccessful_keys":["secret-key"]}}`})
	bulk := c.Namespace(account, id).(kv.Bulk)
	for what, err := range map[string]error{
		"put":    bulk.PutMany(t.Context(), []kv.Pair{{Key: "a"}, {Key: "secret-key"}}),
		"delete": bulk.DeleteMany(t.Context(), []string{"a", "secret-key"}),
	} {
		if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), "1 keys were not written") {
			t.Errorf("%s: got %v, want %v with the count", what, err, kv.ErrUnavailable)
		}
	}
}

// Should a bulk get not be there, or not answer as published, a key is read without.
func TestGetWithoutBulk(t *testing.T) {
	for name, bulk := range map[string]answer{
		"no such route": {status: 404, body: `{"success":false,"errors":[{"code":7003,"message":"Could not route"}]}`},
		"other form":    {status: 200, body: `{"success":true,"result":{"values":{"k":"v"}}}`},
		"too large":     {status: 413, body: `{"success":false,"errors":[{"code":10099,"message":"too large"}]}`},
	} {
		c, a := with(bulk,
			answer{status: 200, header: "Expiration: 2000000000", body: "v"},
			answer{status: 200, body: `{"success":true,"result":{"a":1}}`})
		got, err := c.Namespace(account, id).Get(t.Context(), "k")
		want := kv.Item{Value: []byte("v"), Metadata: json.RawMessage(`{"a":1}`), Expiration: 2_000_000_000}
		if diff := cmp.Diff(want, got); err != nil || diff != "" || len(a.sent) != 3 {
			t.Errorf("%s: %v after %d requests (-want +got):\n%s", name, err, len(a.sent), diff)
		}
	}
}
