package queues_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/queues"
)

// Whatever is sent is taken or refused with a cause, and what was refused is not kept.
func FuzzHandler(f *testing.F) {
	f.Add("/message", "json", "5", `{"a":1}`)
	f.Add("/message", "", "", "\xff\x0f\"")
	f.Add("/batch", "", "-1", `{"messages":[{"body":"MQ==","contentType":"json","delaySecs":3}]}`)
	f.Add("/batch", "", "99999999999999999999", `{"messages":[{"body":"M","delaySecs":1e9}]}`)
	f.Fuzz(func(t *testing.T, path, format, delay, body string) {
		q, err := queues.Open(t.Context(), memkv.New(memkv.Options{}), queues.Options{Find: func(context.Context, string, string) (queues.Setup, error) {
			return queues.Setup{ID: "0123", Retention: time.Hour}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.URL.Path = path
		r.Header.Set("X-Msg-Fmt", format)
		r.Header.Set("X-Msg-Delay-Secs", delay)
		w := httptest.NewRecorder()
		q.Handler("a", "q", 0).ServeHTTP(w, r)
		kept, err := q.Backlog(t.Context(), "a", "q")
		if err != nil {
			t.Fatal(err)
		}
		if refused := w.Header().Get("CF-Queues-Error-Cause") != ""; refused != (w.Code != http.StatusOK) || refused && kept.Count > 0 || w.Code >= 500 {
			t.Errorf("POST %q (%q, %q) %q: got %d, %q, and %d messages are kept", path, format, delay, body, w.Code, w.Header(), kept.Count)
		}
	})
}
