package queues_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/queues"
)

const day = 24 * time.Hour

// house is an account "a" with queues, and a Worker that a test writes.
type house struct {
	*queues.Queues
	t     *testing.T
	store queues.Records

	mu     sync.Mutex
	setups map[string]queues.Setup
	now    time.Duration // ahead of the clock
}

func newHouse(t *testing.T, setups map[string]queues.Setup) *house {
	h := &house{t: t, store: memkv.New(memkv.Options{}), setups: setups}
	h.open()
	t.Cleanup(func() { h.Close() })
	return h
}

func (h *house) open() {
	h.t.Helper()
	var err error
	h.Queues, err = queues.Open(h.t.Context(), h.store, queues.Options{Find: h.find, Now: func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return time.Now().Add(h.now)
	}})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) find(_ context.Context, account, name string) (queues.Setup, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.setups[name]
	if !ok || account != "a" {
		return s, queues.ErrNotFound
	}
	s.ID = "id-of-" + name
	if s.Retention == 0 {
		s.Retention = 4 * day
	}
	return s, nil
}

func (h *house) set(name string, s queues.Setup) {
	h.t.Helper()
	h.mu.Lock()
	h.setups[name] = s
	h.mu.Unlock()
	if err := h.Changed(h.t.Context(), "a", name); err != nil {
		h.t.Fatal(err)
	}
}

// start delivers to a function, and returns the batches.
func (h *house) start(handle func(queue string, batch []queues.Message) (queues.Outcome, error)) <-chan string {
	h.t.Helper()
	got := make(chan string, 100)
	var refs []queues.Ref
	for name := range h.setups {
		refs = append(refs, queues.Ref{Account: "a", Name: name})
	}
	err := h.Start(h.t.Context(), func(_ context.Context, _, worker, queue string, batch []queues.Message) (queues.Outcome, error) {
		var says []string
		for _, m := range batch {
			says = append(says, fmt.Sprintf("%s#%d", m.Body, m.Attempts))
		}
		o, err := handle(queue, batch)
		got <- worker + " " + queue + ": " + strings.Join(says, " ")
		return o, err
	}, refs)
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

func done(string, []queues.Message) (queues.Outcome, error) { return queues.Outcome{OK: true}, nil }

func (h *house) send(queue string, bodies ...string) {
	h.t.Helper()
	var all []queues.Sending
	for _, b := range bodies {
		all = append(all, queues.Sending{Format: queues.Text, Body: []byte(b)})
	}
	if err := h.Send(h.t.Context(), "a", queue, all...); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) waits(queue string, want int) {
	h.t.Helper()
	var got queues.Backlog
	for range 200 {
		if got, _ = h.Backlog(h.t.Context(), "a", queue); got.Count == want {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	h.t.Errorf("in queue %s wait %d messages, want %d", queue, got.Count, want)
}

func expect(t *testing.T, got <-chan string, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case g := <-got:
			if g != w {
				t.Errorf("got batch %q, want %q", g, w)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("no batch came, want %q", w)
		}
	}
}

func quiet(t *testing.T, got <-chan string) {
	t.Helper()
	select {
	case g := <-got:
		t.Errorf("got batch %q, want none", g)
	case <-time.After(50 * time.Millisecond):
	}
}

// A full batch goes at once, another when it has waited long enough, one batch at a time, in order.
func TestBatches(t *testing.T) {
	h := newHouse(t, map[string]queues.Setup{"q": {Consumer: &queues.Consumer{Worker: "w", BatchSize: 2, MaxWait: 30 * time.Millisecond}}})
	got := h.start(done)
	began := time.Now()
	h.send("q", "1", "2", "3", "4", "5")
	expect(t, got, "w q: 1#1 2#1", "w q: 3#1 4#1", "w q: 5#1")
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Errorf("a batch that was not full went after %v", took)
	}
	h.waits("q", 0)
}

// What is said of a message goes before what is said of all.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome func(id []string) queues.Outcome
		want    string // of "a b c", those that come again
	}{
		{"ok", func([]string) queues.Outcome { return queues.Outcome{OK: true} }, ""},
		{"exception", func([]string) queues.Outcome { return queues.Outcome{} }, "a#2 b#2 c#2"},
		{"exception after an ack", func(id []string) queues.Outcome { return queues.Outcome{Acked: id[:1]} }, "b#2 c#2"},
		{"exception after ackAll", func([]string) queues.Outcome { return queues.Outcome{AckAll: true} }, ""},
		{"retryAll", func([]string) queues.Outcome { return queues.Outcome{OK: true, RetryAll: true} }, "a#2 b#2 c#2"},
		{"ack and retryAll", func(id []string) queues.Outcome {
			return queues.Outcome{OK: true, RetryAll: true, Acked: id[1:2]}
		}, "a#2 c#2"},
		{"one retry", func(id []string) queues.Outcome {
			return queues.Outcome{OK: true, Retried: []queues.Retry{{ID: id[2]}}}
		}, "c#2"},
		{"retry and ackAll", func(id []string) queues.Outcome {
			return queues.Outcome{OK: true, AckAll: true, Retried: []queues.Retry{{ID: id[0]}}}
		}, "a#2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, map[string]queues.Setup{"q": {Consumer: &queues.Consumer{Worker: "w", BatchSize: 3, MaxRetries: 1}}})
			got := h.start(func(_ string, batch []queues.Message) (queues.Outcome, error) {
				var ids []string
				for _, m := range batch {
					ids = append(ids, m.ID)
				}
				if batch[0].Attempts > 1 {
					return queues.Outcome{OK: true}, nil
				}
				return c.outcome(ids), nil
			})
			h.send("q", "a", "b", "c")
			expect(t, got, "w q: a#1 b#1 c#1")
			if c.want != "" {
				expect(t, got, "w q: "+c.want)
			}
			quiet(t, got)
			h.waits("q", 0)
		})
	}
}

// A message that retries do not help goes to the dead letter queue, with its id; without one it is removed.
func TestDeadLetters(t *testing.T) {
	h := newHouse(t, map[string]queues.Setup{
		"q":     {Consumer: &queues.Consumer{Worker: "w", BatchSize: 1, MaxRetries: 2, DeadLetter: "dead"}},
		"lost":  {Consumer: &queues.Consumer{Worker: "w", BatchSize: 1, MaxRetries: 0, DeadLetter: "none"}},
		"dead":  {},
		"other": {Consumer: &queues.Consumer{Worker: "x", BatchSize: 1}},
	})
	var mu sync.Mutex
	var ids []string
	got := h.start(func(_ string, batch []queues.Message) (queues.Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		ids = append(ids, batch[0].ID)
		return queues.Outcome{}, nil
	})
	h.send("q", "m")
	expect(t, got, "w q: m#1", "w q: m#2", "w q: m#3")
	h.waits("q", 0)
	h.waits("dead", 1)
	h.set("dead", queues.Setup{Consumer: &queues.Consumer{Worker: "d", BatchSize: 1}})
	expect(t, got, "d dead: m#1")
	h.send("lost", "m")
	expect(t, got, "w lost: m#1")
	h.waits("lost", 0)
	mu.Lock()
	defer mu.Unlock()
	if ids = slices.Compact(ids); len(ids) != 2 {
		t.Errorf("the dead letter has another id: %q", ids)
	}
}

// Delays are a message's own, else the queue's; of retries the message's, else the consumer's.
func TestDelays(t *testing.T) {
	h := newHouse(t, map[string]queues.Setup{"q": {Delay: time.Hour, Consumer: &queues.Consumer{Worker: "w", BatchSize: 1, MaxRetries: 3, RetryDelay: 80 * time.Millisecond}}})
	got := h.start(func(_ string, batch []queues.Message) (queues.Outcome, error) {
		short := 20 * time.Millisecond
		switch batch[0].Attempts {
		case 1:
			return queues.Outcome{Retried: []queues.Retry{{ID: batch[0].ID}}}, nil
		case 2:
			return queues.Outcome{Retried: []queues.Retry{{ID: batch[0].ID, Delay: &short}}}, nil
		}
		return queues.Outcome{OK: true}, nil
	})
	h.send("q", "late")
	none := time.Duration(0)
	if err := h.Send(t.Context(), "a", "q", queues.Sending{Format: queues.Text, Body: []byte("now"), Delay: &none}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	expect(t, got, "w q: now#1", "w q: now#2")
	if took := time.Since(began); took < 80*time.Millisecond {
		t.Errorf("retried after %v, want 80ms", took)
	}
	expect(t, got, "w q: now#3")
	h.waits("q", 1)
}

// A Worker that is not reached costs no attempt; a queue without consumer, or paused, keeps its messages.
func TestNobodyTakesThem(t *testing.T) {
	h := newHouse(t, map[string]queues.Setup{"q": {}})
	var mu sync.Mutex
	fails := 2
	got := h.start(func(string, []queues.Message) (queues.Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		if fails--; fails >= 0 {
			return queues.Outcome{}, errors.New("it does not run")
		}
		return queues.Outcome{OK: true}, nil
	})
	h.send("q", "m")
	quiet(t, got)
	c := &queues.Consumer{Worker: "w", BatchSize: 1}
	h.set("q", queues.Setup{Consumer: c, Paused: true})
	quiet(t, got)
	h.set("q", queues.Setup{Consumer: c})
	expect(t, got, "w q: m#1", "w q: m#1", "w q: m#1")
	h.waits("q", 0)
}

// What is removed while it is being delivered does not come back.
func TestPurgeAndDelete(t *testing.T) {
	h := newHouse(t, map[string]queues.Setup{"q": {Consumer: &queues.Consumer{Worker: "w", BatchSize: 1, MaxRetries: 9}}})
	got := h.start(func(string, []queues.Message) (queues.Outcome, error) {
		return queues.Outcome{}, h.Purge(t.Context(), "a", "q")
	})
	h.send("q", "1", "2")
	expect(t, got, "w q: 1#1")
	quiet(t, got)
	h.send("q", "3")
	expect(t, got, "w q: 3#1")
	h.set("q", queues.Setup{})
	h.send("q", "4")
	if err := h.Delete(t.Context(), "a", "q", func() error { h.mu.Lock(); defer h.mu.Unlock(); delete(h.setups, "q"); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := h.Send(t.Context(), "a", "q"); !errors.Is(err, queues.ErrNotFound) {
		t.Errorf("send to a deleted queue: got %v, want ErrNotFound", err)
	}
	h.empty()
}

func (h *house) empty() {
	h.t.Helper()
	err := h.store.Scan(h.t.Context(), "message/", func(key string, _ []byte) error { return errors.New(key + " is left") })
	if err != nil {
		h.t.Error(err)
	}
}

func TestRetention(t *testing.T) {
	h := newHouse(t, map[string]queues.Setup{"q": {Retention: 4 * day}})
	h.start(done)
	h.send("q", "old")
	h.mu.Lock()
	h.now = 4*day + time.Minute
	h.mu.Unlock()
	h.send("q", "new")
	h.waits("q", 1)
}

// Attempts and delays outlive the server; of queues that are no more nothing is left.
func TestReopen(t *testing.T) {
	h := newHouse(t, map[string]queues.Setup{"q": {Consumer: &queues.Consumer{Worker: "w", BatchSize: 1, MaxRetries: 5, RetryDelay: 100 * time.Millisecond}}, "gone": {}})
	got := h.start(func(string, []queues.Message) (queues.Outcome, error) { return queues.Outcome{}, nil })
	h.send("gone", "x")
	h.send("q", "m")
	expect(t, got, "w q: m#1")
	h.Close()
	delete(h.setups, "gone")
	h.open()
	got = h.start(done)
	h.send("q", "n")
	expect(t, got, "w q: n#1", "w q: m#2")
	h.waits("q", 0)
	h.empty()
}

// workerd's requests, and what a Worker is told of those that are refused.
func TestHandler(t *testing.T) {
	h := newHouse(t, map[string]queues.Setup{"q": {}})
	handler := h.Handler("a", "q", 0)
	for _, c := range []struct {
		name, path, format, delay, body string
		status                          int
		want                            string
	}{
		{"text", "/message", "text", "", "hi", 200, `{"metadata":{"metrics":{"backlogCount":1,"backlogBytes":2,`},
		{"json", "/message", "json", "5", `{"a":1}`, 200, `"backlogCount":2,"backlogBytes":9,`},
		{"v8 without header", "/message", "", "", "\xff\x0f", 200, `"backlogCount":3,`},
		{"batch", "/batch", "", "", `{"messages":[{"body":"MQ==","contentType":"json","delaySecs":3},{"body":"","contentType":"bytes"}]}`, 200, `"backlogCount":5,`},
		{"no JSON", "/message", "json", "", `{`, 400, "message is not valid: the body is no JSON"},
		{"no text", "/message", "text", "", "\xff", 400, "no UTF-8"},
		{"no format", "/message", "xml", "", "x", 400, `content type "xml"`},
		{"delay", "/message", "text", "86401", "x", 400, "must be 0 to 86400"},
		{"no delay", "/message", "text", "soon", "x", 400, "no number of seconds"},
		{"large", "/message", "text", "", strings.Repeat("x", queues.MaxMessageBytes+1), 413, "128001 bytes, of at most 128000"},
		{"no batch", "/batch", "", "", `[`, 400, "no batch"},
		{"101", "/batch", "", "", `{"messages":[{}` + strings.Repeat(",{}", 100) + `]}`, 413, "101 messages"},
		{"elsewhere", "/other", "text", "", "x", 400, "nothing is sent to"},
	} {
		r := httptest.NewRequest("POST", c.path, strings.NewReader(c.body))
		for name, value := range map[string]string{"X-Msg-Fmt": c.format, "X-Msg-Delay-Secs": c.delay} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if got := w.Body.String() + w.Header().Get("CF-Queues-Error-Cause"); w.Code != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %d %q, want %d with %q", c.name, w.Code, got, c.status, c.want)
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if want := `{"backlogCount":5,`; !strings.HasPrefix(w.Body.String(), want) {
		t.Errorf("metrics: got %s, want %s", w.Body, want)
	}
}
