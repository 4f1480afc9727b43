package probe

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
)

// TestAsk: what New answers, Ask understands; everything else is a clear error.
func TestAsk(t *testing.T) {
	ours := New(serving(trading()))
	says := func(status int, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			w.Write([]byte(body))
		})
	}
	for _, c := range []struct {
		name    string
		handler http.Handler
		q       Question
		results string // name and, of those that fail, the first stage
		err     string
		is      error
	}{
		{name: "all", handler: ours, q: Question{Key: goodKey}, results: "MARKET_ANALYSIS_CACHE SESSIONS"},
		{name: "one", handler: ours, q: Question{Key: goodKey, Binding: "SESSIONS"}, results: "SESSIONS"},
		{name: "only one", handler: New(serving(trading()[:1])), q: Question{Key: goodKey}, results: "MARKET_ANALYSIS_CACHE"},
		{name: "not bound", handler: New(serving([]Binding{{Name: "LOST", Critical: true}})), q: Question{Key: goodKey}, results: "LOST:binding_check"},
		{name: "no such binding", handler: ours, q: Question{Key: goodKey, Binding: "AI"}, err: "HTTP 404: \"AI\" is of type AI"},
		{name: "wrong key", handler: ours, q: Question{Key: "k"}, err: "does not accept the API key", is: kv.ErrUnauthenticated},
		{name: "a page", handler: says(200, "<html>hello"), err: `HTTP 200: nothing that is understood here, "<html>hello"`},
		{name: "other JSON", handler: says(200, `{"success":true}`), err: "the answer is no report"},
		{name: "JSON of another form", handler: says(200, `{"data":[]}`), err: "JSON of another form"},
		{name: "broken", handler: says(502, `{}`), err: "HTTP 502"},
		{name: "redirect", handler: http.RedirectHandler("https://elsewhere.example", http.StatusFound), err: "HTTP 302"},
		{name: "forbidden", handler: says(403, ""), is: kv.ErrUnauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(c.handler)
			defer s.Close()
			c.q.URL = strings.Replace(s.URL, "127.0.0.1", "shop.test.localhost", 1)
			a, err := Ask(t.Context(), c.q)
			if c.err == "" && c.is == nil {
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, r := range a.Results {
					name := r.Binding
					for _, s := range r.Stages {
						if !s.Success {
							name += ":" + s.Name
							break
						}
					}
					names = append(names, name)
				}
				if got := strings.Join(names, " "); got != c.results {
					t.Errorf("got results %q, want %q", got, c.results)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.err) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v, want %q (%v)", err, c.err, c.is)
			}
		})
	}
	gone := httptest.NewServer(ours)
	gone.Close()
	if _, err := Ask(t.Context(), Question{URL: gone.URL}); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("of nobody: %v, want %v", err, kv.ErrUnavailable)
	}
}
