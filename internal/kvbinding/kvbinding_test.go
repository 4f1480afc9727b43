package kvbinding_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/kvbinding"
)

// house is a binding behind a real socket, spoken to in the bytes that workerd sends.
type house struct {
	ns   kv.Namespace
	addr string
	log  *bytes.Buffer
}

// now is when it is in a house: a time to live ends at this or at the next second.
var now = time.Unix(1_900_000_000, 0)

func newHouse(t testing.TB, open kvbinding.Opener) *house {
	t.Helper()
	return newPacedHouse(t, open, nil)
}

// newPacedHouse has a pace for puts of all keys.
func newPacedHouse(t testing.TB, open kvbinding.Opener, pace *kv.Pace) *house {
	t.Helper()
	clock := func() time.Time { return now }
	h := &house{ns: memkv.New(memkv.Options{Now: clock}).Namespace("kv"), log: &bytes.Buffer{}}
	if open == nil {
		open = func(*http.Request) (kv.Namespace, error) { return h.ns, nil }
	}
	log := slog.New(slog.NewTextHandler(h.log, nil))
	s := httptest.NewServer(kvbinding.Handler(open, kvbinding.Options{
		Log: log, Now: clock,
		AdmitPut: func(_ *http.Request, key string) error { return pace.Admit("account", "kv", key, now) },
	}))
	t.Cleanup(s.Close)
	h.addr = s.Listener.Addr().String()
	return h
}

// answer is what came back, and whether the connection stays.
type answer struct {
	line, body string
	header     http.Header
	stays      bool
}

// say sends a request as it stands, with \n for \r\n in its head, and reads the answer.
func (h *house) say(t testing.TB, head, body string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(conn, strings.ReplaceAll(head, "\n", "\r\n")+"\r\nHost: fake-host\r\n\r\n"+body)
		sent <- err
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.200s: no answer: %v", head, err)
	}
	if err := <-sent; err != nil {
		t.Errorf("%.200s: the body was not taken: %v; workerd would report a lost connection", head, err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: body: %v", head, err)
	}
	return answer{line: resp.Status, body: string(text), header: resp.Header, stays: !resp.Close}
}

func put(key, query, more string, body string) (string, string) {
	return fmt.Sprintf("PUT /%s?urlencoded=true%s HTTP/1.1\nContent-Length: %d%s", key, query, len(body), more), body
}

func get(path string) (string, string) { return "GET " + path + " HTTP/1.1", "" }

func bulk(body string) (string, string) {
	return fmt.Sprintf("POST /bulk/get HTTP/1.1\nContent-Length: %d\nContent-Type: application/json", len(body)), body
}

// TestCalls: what workerd sends, and what it then expects.
func TestCalls(t *testing.T) {
	h := newHouse(t, nil)
	say := func(head, body string) answer { t.Helper(); return h.say(t, head, body) }
	want := func(a answer, line, body string) {
		t.Helper()
		if a.line != line || a.body != body {
			t.Errorf("got %s %q, want %s %q", a.line, a.body, line, body)
		}
		if !a.stays {
			t.Errorf("%s: the connection is closed", a.line)
		}
	}
	want(say(put("k1", "&expiration=1999999999&expiration_ttl=120", "\nContent-Type: text/plain;charset=UTF-8\nCF-KV-Metadata: {\"a\":[1,\"é漢\\n\"]}", "v")), "200 OK", "")
	a := say(get("/k1?urlencoded=true&cache_ttl=3600"))
	want(a, "200 OK", "v")
	if m, e := a.header.Get("CF-KV-Metadata"), a.header.Get("CF-Expiration"); m != `{"a":[1,"é漢\n"]}` || e != "1900000120" {
		t.Errorf("metadata %q, expiration %q", m, e)
	}
	want(say("PUT /chunked?urlencoded=true HTTP/1.1\nTransfer-Encoding: chunked", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "200 OK", "")
	want(say(get("/chunked?urlencoded=true")), "200 OK", "abcde")
	missing := say(get("/missing?urlencoded=true"))
	want(missing, "404 Not Found", "")
	if got := missing.header.Get("Content-Length"); got != "0" {
		t.Errorf("missing: Content-Length %q, want 0: workerd throws the connection away otherwise", got)
	}
	want(say(get("/")), "200 OK", `{"keys":[{"name":"chunked"},{"name":"k1","expiration":1900000120,"metadata":"{\"a\":[1,\"é漢\\n\"]}"}],"list_complete":true}`+"\n")
	want(say(bulk(`{"keys":["k1","no","k1","chunked"],"withMetadata":true,"cacheTtl":"61"}`)), "200 OK",
		`{"k1":{"value":"v","metadata":{"a":[1,"é漢\n"]}},"no":null,"chunked":{"value":"abcde","metadata":null}}`)
	want(say("DELETE /k1?urlencoded=true HTTP/1.1\nContent-Length: 0", ""), "200 OK", "")
	want(say("DELETE /k1?urlencoded=true HTTP/1.1\nContent-Length: 0", ""), "200 OK", "")
	want(say(get("/k1?urlencoded=true")), "404 Not Found", "")
}

// TestKeysAreBytesOfThePath: however workerd encodes a key, it stays the same key.
func TestKeysAreBytesOfThePath(t *testing.T) {
	h := newHouse(t, nil)
	const odd = "a/b c?d#é%+&=~!*'():@,;$[]|漢"
	for path, key := range map[string]string{
		"a%2Fb%20c%3Fd%23%C3%A9%25%2B%26%3D~!*'()%3A%40%2C%3B%24%5B%5D%7C%E6%BC%A2": odd, // as delete sends it
		"a%2Fb%20c%3Fd%23%C3%A9%25+&=~!*'():@,;$[]|%E6%BC%A2":                       odd, // as get and put do
		"a%2F%2Fb": "a//b", "a%2F..%2Fb|c": "a/../b|c", "%2Fx": "/x", "x%2F": "x/", "%252F": "%2F", "bulk%2Fget": "bulk/get", "a//b": "a//b", "%00": "\x00",
	} {
		if a := h.say(t, "PUT /"+path+"?urlencoded=true HTTP/1.1\nContent-Length: 1", "v"); a.line != "200 OK" {
			t.Errorf("put %s: %s", path, a.line)
		}
		if _, err := h.ns.Get(t.Context(), key); err != nil {
			t.Errorf("put %s: the namespace has no key %q", path, key)
		}
		if a := h.say(t, "DELETE /"+path+"?urlencoded=true HTTP/1.1\nContent-Length: 0", ""); a.line != "200 OK" {
			t.Errorf("delete %s: %s", path, a.line)
		}
		if _, err := h.ns.Get(t.Context(), key); !errors.Is(err, kv.ErrKeyNotFound) {
			t.Errorf("delete %s: the namespace still has key %q", path, key)
		}
	}
}

// TestRefusals: a Worker sees the status line, and nothing is stored.
func TestRefusals(t *testing.T) {
	h := newHouse(t, nil)
	large := strings.Repeat("v", kv.MaxValueBytes+1)
	for key, value := range map[string]string{"text": "no json", "half": large[:kv.MaxBulkGetBytes/2], "more": large[:kv.MaxBulkGetBytes/2+1]} {
		if err := h.ns.Put(t.Context(), kv.Pair{Key: key, Item: kv.Item{Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
	}
	row := func(head, body string) [2]string { return [2]string{head, body} }
	for want, request := range map[string][2]string{
		"413 Value length of 26214401 exceeds limit of 26214400.":                                                               row(put("k", "", "", large)),
		"413 Value length of 26214402 exceeds limit of 26214400.":                                                               row("PUT /k?urlencoded=true HTTP/1.1\nTransfer-Encoding: chunked", "1900002\r\n"+large+"v\r\n0\r\n\r\n"),
		"413 Metadata length of 1025 exceeds limit of 1024.":                                                                    row(put("k", "", "\nCF-KV-Metadata: \""+strings.Repeat("m", 1023)+`"`, "v")),
		"400 Metadata must be valid JSON.":                                                                                      row(put("k", "", "\nCF-KV-Metadata: undefined", "v")),
		"400 Invalid expiration_ttl of 0. Please specify integer greater than 0.":                                               row(put("k", "&expiration_ttl=0", "", "v")),
		"400 Invalid expiration_ttl of -1. Please specify integer greater than 0.":                                              row(put("k", "&expiration_ttl=-1", "", "v")),
		"400 Invalid expiration_ttl of 59. Expiration TTL must be at least 60.":                                                 row(put("k", "&expiration=1999999999&expiration_ttl=59", "", "v")),
		"400 Invalid expiration_ttl of a  b. Please specify integer greater than 0.":                                            row(put("k", "&expiration_ttl=a%0D%0Ab", "", "v")),
		"400 Invalid expiration of 1900000059. Expiration times must be at least 60 seconds in the future.":                     row(put("k", "&expiration=1900000059", "", "v")),
		"400 Invalid expiration of 0. Please specify integer greater than the current number of seconds since the UNIX epoch.":  row(put("k", "&expiration=0", "", "v")),
		"400 Invalid expiration of -5. Please specify integer greater than the current number of seconds since the UNIX epoch.": row(put("k", "&expiration=-5", "", "v")),
		"400 Invalid cache_ttl of 29. Cache TTL must be at least 30.":                                                           row(get("/text?urlencoded=true&cache_ttl=29")),
		"400 Invalid cache_ttl of 28. Cache TTL must be at least 30.":                                                           row(bulk(`{"keys":["text"],"cacheTtl":"28"}`)),
		"414 UTF-8 encoded length of 513 exceeds key length limit of 512.":                                                      row(get("/" + strings.Repeat("k", 513))),
		"414 UTF-8 encoded length of 514 exceeds key length limit of 512.":                                                      row(get("/?prefix=" + strings.Repeat("p", 514))),
		`400 Illegal key name "..". Please use a different name.`:                                                               row(get("/%2E%2E?urlencoded=true")),
		"400 Key names must not be empty":                                                                                       row("DELETE /?urlencoded=true HTTP/1.1", ""),
		"400 Could not URL-decode key name":                                                                                     row(get("/%ED%A0%80?urlencoded=true")),
		"400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.":                                        row(get("/?key_count_limit=1001")),
		"400 Invalid key_count_limit of 0. Please specify an integer greater than 0.":                                           row(get("/?key_count_limit=0")),
		"400 Invalid cursor. Please use the one of the previous list, with the same prefix.":                                    row(get("/?cursor=CUR%3D%3D")),
		`400 "stream" is not a valid type. Use "json" or "text"`:                                                                row(bulk(`{"keys":["text"],"type":"stream"}`)),
		"400 You must request a minimum of 1 key":                                                                               row(bulk(`{"keys":[]}`)),
		"400 You can request a maximum of 100 keys":                                                                             row(bulk(`{"keys":["k"` + strings.Repeat(`,"k"`, 100) + `]}`)),
		"400 At least one of the requested keys corresponds to a non-json value":                                                row(bulk(`{"keys":["text"],"type":"json"}`)),
		"413 Total size of request exceeds the limit of 25MB":                                                                   row(bulk(`{"keys":["half","more"]}`)),
		"400 Bad Request":        row(bulk(`{"keys":`)),
		"405 Method Not Allowed": row("PATCH /k?urlencoded=true HTTP/1.1", ""),
	} {
		a := h.say(t, request[0], request[1])
		if a.line != want || a.body != "" || a.header.Get("Content-Length") != "0" {
			t.Errorf("%.200s\ngot  %s %q\nwant %s and no body", request[0], a.line, a.body, want)
		}
	}
	page, err := h.ns.List(t.Context(), kv.ListQuery{})
	if err != nil || len(page.Keys) != 3 {
		t.Errorf("afterwards: %v, %v; want the three keys from before", page.Keys, err)
	}
	if h.log.Len() > 0 {
		t.Errorf("a Worker's mistakes are none of ours, but the log has\n%s", h.log)
	}
}

// TestFailures: what is wrong on our side. A namespace that is not there is not 404, as a
// Worker would take that for an empty one.
func TestFailures(t *testing.T) {
	for _, row := range []struct {
		err    error
		line   string
		logged bool
	}{
		{kv.ErrNamespaceNotFound, "400 KV namespace not found", false},
		{kv.ErrUnauthenticated, "401 Unauthorized", false},
		{kv.ErrPermission, "403 Forbidden", false},
		{fmt.Errorf("disk full: %w", kv.ErrUnavailable), "503 Service Unavailable", true},
		{errors.New("a bug"), "500 Internal Server Error", true},
	} {
		h := newHouse(t, func(*http.Request) (kv.Namespace, error) { return nil, row.err })
		for _, a := range []answer{h.say(t, "GET /secret-key?urlencoded=true HTTP/1.1", ""), h.say(t, "PUT /secret-key?urlencoded=true HTTP/1.1\nContent-Length: 12", "secret-value")} {
			if a.line != row.line || a.body != "" {
				t.Errorf("%v: got %s %q, want %s", row.err, a.line, a.body, row.line)
			}
		}
		if log := h.log.String(); strings.Contains(log, row.err.Error()) != row.logged || strings.Contains(log, "secret") {
			t.Errorf("%v: want it logged: %v, and no key or value; got\n%s", row.err, row.logged, log)
		}
	}
	h := newHouse(t, func(*http.Request) (kv.Namespace, error) { return &kvtest.Faulty{}, nil })
	if a := h.say(t, "GET /k HTTP/1.1", ""); a.line != "500 Internal Server Error" {
		t.Errorf("a namespace that cannot stream: got %s", a.line)
	}
}

// TestHalfAValueIsNotStored: neither when the body ends too soon, nor when workerd ends it
// and hangs up, as it does when a Worker's stream breaks.
func TestHalfAValueIsNotStored(t *testing.T) {
	for name, request := range map[string]string{
		"of known length":          "PUT /k?urlencoded=true HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf",
		"large":                    "PUT /k?urlencoded=true HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhalf",
		"in chunks":                "PUT /k?urlencoded=true HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
		"in what is no chunk":      "PUT /k?urlencoded=true HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
		"in chunks that are ended": "PUT /k?urlencoded=true HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			served, log := make(chan struct{}), &bytes.Buffer{}
			ns := memkv.New(memkv.Options{}).Namespace("kv")
			if err := ns.Put(t.Context(), kv.Pair{Key: "k", Item: kv.Item{Value: []byte("whole")}}); err != nil {
				t.Fatal(err)
			}
			handler := kvbinding.Handler(func(*http.Request) (kv.Namespace, error) { return ns, nil }, kvbinding.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(served)
				handler.ServeHTTP(w, r)
			}))
			defer s.Close()
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, request)
			conn.Close()
			<-served
			if item, err := ns.Get(t.Context(), "k"); err != nil || string(item.Value) != "whole" {
				t.Errorf("got %q, %v; want what was there before", item.Value, err)
			}
			if log.Len() > 0 {
				t.Errorf("a sender that goes, or stammers, is no failure of ours, but the log has\n%s", log)
			}
		})
	}
}

// TestListsOfAnyLength: a binding may ask for a single key, though kv asks for ten.
func TestListsOfAnyLength(t *testing.T) {
	h := newHouse(t, nil)
	var want []string
	for i := range 25 {
		key := fmt.Sprintf("k%02d", i)
		want = append(want, key)
		if err := h.ns.Put(t.Context(), kv.Pair{Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{1, 3, 9, 10, 24, 25, 26} {
		var got []string
		for cursor, calls := "", 0; ; calls++ {
			var page struct {
				Keys     []struct{ Name string }
				Complete bool `json:"list_complete"`
				Cursor   string
			}
			a := h.say(t, fmt.Sprintf("GET /?key_count_limit=%d&prefix=k&cursor=%s HTTP/1.1", limit, cursor), "")
			if err := json.Unmarshal([]byte(a.body), &page); err != nil {
				t.Fatalf("limit %d: %s: %v", limit, a.body, err)
			}
			if len(page.Keys) > limit || calls > 25 {
				t.Fatalf("limit %d: %d keys after %d calls: %s", limit, len(page.Keys), calls, a.body)
			}
			for _, key := range page.Keys {
				got = append(got, key.Name)
			}
			if cursor = page.Cursor; page.Complete != (cursor == "") {
				t.Fatalf("limit %d: %s", limit, a.body)
			}
			if page.Complete {
				break
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("limit %d: got %v, want %v", limit, got, want)
		}
	}
}

// A put that comes too soon is refused as Cloudflare does, and changes nothing; one that was
// refused for another reason does not make the next too soon.
func TestPace(t *testing.T) {
	h := newPacedHouse(t, nil, kv.NewPace(time.Second))
	large := strings.Repeat("x", 100<<10) // goes into the store in pieces
	for _, row := range []struct{ key, query, body, want string }{
		{"k", "&expiration_ttl=59", "v", "400 Invalid expiration_ttl of 59. Expiration TTL must be at least 60."},
		{"k", "", "v", "200 OK"},
		{"k", "", "w", "429 Too Many Requests"},
		{"k", "", large, "429 Too Many Requests"},
		{"other", "", large, "200 OK"},
		{"other", "", "w", "429 Too Many Requests"},
	} {
		head, body := put(row.key, row.query, "", row.body)
		if a := h.say(t, head, body); a.line != row.want {
			t.Errorf("put %s of %d bytes: got %s, want %s", row.key, len(row.body), a.line, row.want)
		}
	}
	for key, want := range map[string]string{"k": "v", "other": large} {
		if item, err := h.ns.Get(t.Context(), key); err != nil || string(item.Value) != want {
			t.Errorf("%s holds %.20q, %v; want %.20q", key, item.Value, err, want)
		}
	}
}
