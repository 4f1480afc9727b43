package tails_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/bindery-dev/bindery/internal/tails"
)

const account = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// request is the event of a request, as workerd writes it.
func request(method, header, outcome, logged string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"outcome":%q,"scriptName":null,"exceptions":[],"logs":[{"message":[%s],"level":"log","timestamp":1}],"eventTimestamp":1,
		"event":{"request":{"url":"http://api/","method":%q,"headers":{"cf-connecting-ip":"127.0.0.1","x-mode":%q},"cf":{}},"response":{"status":200}}}`, outcome, logged, method, header))
}

type house struct {
	*tails.Hub
	t       *testing.T
	url     string
	changes []string
}

func newHouse(t *testing.T) *house {
	h := &house{t: t}
	h.Hub = tails.New(tails.Options{Changed: func(_, worker string) { h.changes = append(h.changes, worker) }})
	s := httptest.NewServer(h.Hub)
	t.Cleanup(s.Close)
	t.Cleanup(h.Hub.Close)
	h.url = "ws" + strings.TrimPrefix(s.URL, "http") + tails.Prefix
	return h
}

// watch makes a session and opens its WebSocket, as wrangler does.
func (h *house) watch(filters ...string) (tails.Session, *websocket.Conn) {
	h.t.Helper()
	var sent []json.RawMessage
	for _, f := range filters {
		sent = append(sent, json.RawMessage(f))
	}
	s, err := h.Create(account, "api", sent)
	if err != nil {
		h.t.Fatal(err)
	}
	conn, answer, err := websocket.Dial(h.t.Context(), h.url+s.ID, &websocket.DialOptions{Subprotocols: []string{"trace-v1"}})
	if err != nil {
		h.t.Fatal(err)
	}
	if got := answer.Header.Get("Sec-WebSocket-Protocol"); got != "trace-v1" {
		h.t.Errorf("the subprotocol is %q, want trace-v1", got)
	}
	if err := conn.Write(h.t.Context(), websocket.MessageText, []byte(`{"debug":false}`)); err != nil {
		h.t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	h.t.Cleanup(func() { _ = conn.CloseNow() })
	return s, conn
}

func (h *house) next(conn *websocket.Conn) string {
	h.t.Helper()
	_, text, err := conn.Read(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

func TestFilters(t *testing.T) {
	for _, c := range []struct {
		filters []string
		want    string // which of the events below are shown
	}{
		{nil, "1 2 3"},
		{[]string{`{"sampling_rate":0}`}, ""},
		{[]string{`{"sampling_rate":1}`}, "1 2 3"},
		{[]string{`{"outcome":["exception","exceededCpu"]}`}, "2"},
		{[]string{`{"method":["post"]}`}, "2"},
		{[]string{`{"header":{"key":"X-Mode"}}`}, "1 2"},
		{[]string{`{"header":{"key":"X-Mode","query":"as"}}`}, "1"},
		{[]string{`{"header":{"key":"X-None"}}`}, ""},
		{[]string{`{"client_ip":["self"]}`}, "1 2"},
		{[]string{`{"client_ip":["10.0.0.1","127.0.0.1"]}`}, "1 2"},
		{[]string{`{"client_ip":["10.0.0.1"]}`}, ""},
		{[]string{`{"query":"needle"}`}, "2 3"},
		{[]string{`{"query":"needle"}`, `{"method":["POST"]}`}, "2"},
		{[]string{`{"scriptVersion":"v1"}`}, "1 2 3"},
		{[]string{`{"scriptVersion":"v2"}`}, ""},
	} {
		h := newHouse(t)
		_, conn := h.watch(c.filters...)
		h.Publish(account, "api", "v1", []json.RawMessage{
			request("GET", "fast", "ok", `1`),
			request("POST", "slow", "exception", `2,{"a":"a needle"}`),
			json.RawMessage(`{"outcome":"ok","logs":[{"message":[3,"needle"]}],"event":{"cron":"* * * * *"}}`),
		})
		_, all := h.watch() // the last event of all
		h.Publish(account, "api", "v1", []json.RawMessage{request("GET", "", "ok", `"the end"`)})
		h.next(all)
		var got []string
		for len(got) < len(strings.Fields(c.want)) {
			var e struct {
				ScriptName    string
				ScriptVersion struct{ ID string }
				Logs          []struct{ Message []any }
			}
			text := h.next(conn)
			if err := json.Unmarshal([]byte(text), &e); err != nil || e.ScriptName != "api" || e.ScriptVersion.ID != "v1" {
				t.Fatalf("the event is %s, %v; want it of the Worker and its version", text, err)
			}
			got = append(got, fmt.Sprint(e.Logs[0].Message[0]))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("filters %s: shown %q, want %q", c.filters, got, c.want)
		}
	}
}

func TestFilterThatIsNone(t *testing.T) {
	for _, f := range []string{`{}`, `[]`, `7`, `{"outcome":"ok"}`, `{"unknown":1}`} {
		if _, err := newHouse(t).Create(account, "api", []json.RawMessage{json.RawMessage(f)}); !errors.Is(err, tails.ErrFilter) {
			t.Errorf("filter %s: got %v, want ErrFilter", f, err)
		}
	}
}

// What a client is too slow for is dropped and said to be; whoever publishes never waits.
func TestSlowClient(t *testing.T) {
	h := newHouse(t)
	_, conn := h.watch()
	large := request("GET", "", "ok", `"`+strings.Repeat("x", 1<<18)+`"`)
	const sent = 60
	for range sent {
		began := time.Now()
		h.Publish(account, "api", "v1", []json.RawMessage{large})
		if took := time.Since(began); took > time.Second {
			t.Fatalf("an event took %s, though nobody reads", took)
		}
	}
	var shown, dropping, stopped int
	for stopped == 0 {
		switch text := h.next(conn); {
		case strings.Contains(text, `"type":"overload-stop"`):
			stopped++
		case strings.Contains(text, `"type":"overload"`):
			dropping++
		default:
			shown++
		}
	}
	if shown == 0 || shown == sent || dropping != 1 {
		t.Errorf("%d of %d events shown, %d times told that some are dropped; want some, once", shown, sent, dropping)
	}
	h.Publish(account, "api", "v1", []json.RawMessage{request("GET", "", "ok", `"again"`)})
	if text := h.next(conn); !strings.Contains(text, "again") {
		t.Errorf("after that came %.200s", text)
	}
}

func TestSessions(t *testing.T) {
	h := newHouse(t)
	s, conn := h.watch()
	if !h.Watched(account, "api") || h.Watched(account, "else") || h.Watched("other", "api") {
		t.Error("what is watched is not account and Worker")
	}
	if _, answer, err := websocket.Dial(t.Context(), h.url+s.ID, nil); err == nil || answer.StatusCode != http.StatusConflict {
		t.Errorf("a second client: got %v, %v; want 409", answer, err)
	}
	if _, answer, err := websocket.Dial(t.Context(), h.url+strings.Repeat("0", 32), nil); err == nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("no such session: got %v, %v; want 404", answer, err)
	}
	for _, of := range [][2]string{{"other", "api"}, {account, "else"}} {
		if err := h.Delete(of[0], of[1], s.ID); !errors.Is(err, tails.ErrNotFound) {
			t.Errorf("delete of %v: got %v, want ErrNotFound", of, err)
		}
	}
	if err := h.Delete(account, "api", s.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("the client of a deleted session: got %v, want it closed", err)
	}
	for range tails.MaxSessions {
		if _, err := h.Create(account, "api", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Create(account, "api", nil); !errors.Is(err, tails.ErrTooMany) || len(h.List(account, "api")) != tails.MaxSessions {
		t.Errorf("one more: got %v, want ErrTooMany", err)
	}
	if h.changes[1] != "api" || h.Watched(account, "else") {
		t.Errorf("told of %q", h.changes)
	}
}

// A client that does not speak the protocol is told which it is.
func TestSubprotocol(t *testing.T) {
	h := newHouse(t)
	s, err := h.Create(account, "api", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := websocket.Dial(t.Context(), h.url+s.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("got %v, want a policy violation", err)
	}
}
