package server_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

const (
	hostileAccount   = "0123456789abcdef0123456789abcdef"
	hostileNamespace = "fedcba9876543210fedcba9876543210"
	hostileKeys      = "/client/v4/accounts/" + hostileAccount + "/storage/kv/namespaces/" + hostileNamespace
)

// hostile is a server whose one namespace holds the key "kept", and a token for whoever
// sends it what nobody should.
type hostile struct {
	*server.Server
	t     *testing.T
	token string
	// stays: what is sent is whole, and the connection stays open for the answer.
	stays bool
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	h := &hostile{Server: start(t, server.Options{Data: t.TempDir()}), t: t}
	ctx := t.Context()
	_, err := h.Platform().EnsureAccount(ctx, "test", hostileAccount)
	_, err2 := h.Platform().CreateNamespace(ctx, hostileAccount, hostileNamespace, "t")
	token, _, err3 := h.Platform().CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	h.token = token
	if status, body, err := fetch(t, "PUT", h.URL()+hostileKeys+"/values/kept", token, "kept"); status != 200 {
		t.Fatalf("put: %d %s, %v", status, body, err)
	}
	return h
}

// send writes a request as it is given, closes its half of the connection after it, as
// else the server would wait for more, and returns the answer; status 0 is none.
func (h *hostile) send(method, path string, headers []string, body io.Reader) (status, code int) {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.URL(), "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	sent := make(chan struct{})
	defer func() { conn.Close(); <-sent }()
	go func() { // the answer may come before all is sent
		defer close(sent)
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n", method, path, h.token)
		for _, header := range headers {
			fmt.Fprintf(conn, "%s\r\n", header)
		}
		fmt.Fprint(conn, "\r\n")
		_, _ = io.Copy(conn, body) // fails when the server has enough
		if !h.stays {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
		if pipe, ok := body.(io.Closer); ok {
			pipe.Close()
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, 0
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	var answer struct {
		Errors []struct{ Code int }
	}
	if json.Unmarshal(text, &answer) == nil && len(answer.Errors) > 0 {
		code = answer.Errors[0].Code
	}
	return res.StatusCode, code
}

// unchanged wants the namespace to hold "kept" and nothing else.
func (h *hostile) unchanged(after string) {
	h.t.Helper()
	ns, err := h.Platform().Namespace(h.t.Context(), hostileAccount, hostileNamespace)
	if err != nil {
		h.t.Fatal(err)
	}
	page, err := ns.List(h.t.Context(), kv.ListQuery{})
	item, err2 := ns.Get(h.t.Context(), "kept")
	if err != nil || err2 != nil || len(page.Keys) != 1 || string(item.Value) != "kept" {
		h.t.Errorf("after %s: %d keys, kept %q, %v, %v; want only kept, as it was", after, len(page.Keys), item.Value, err, err2)
	}
}

func length(n int) string { return fmt.Sprintf("Content-Length: %d", n) }

const chunked = "Transfer-Encoding: chunked"

// pieces yields start, then piece n times, then end.
func pieces(start, piece string, n int, end string) io.Reader {
	all := make([]io.Reader, 0, n/1000+3)
	all = append(all, strings.NewReader(start))
	thousand := strings.Repeat(piece, 1000)
	for range n / 1000 {
		all = append(all, strings.NewReader(thousand))
	}
	all = append(all, strings.NewReader(strings.Repeat(piece, n%1000)), strings.NewReader(end))
	return io.MultiReader(all...)
}

// Whatever arrives, the answer says what is wrong with it, or nobody is there any more
// to be told; and nothing is changed by it.
func TestBadInputChangesNothing(t *testing.T) {
	h := newHostile(t)
	const pair = `,{"key":"new","value":""}`
	deep := strings.Repeat("[", 1_000_000)
	bulk := func(members string) string {
		return `[{"key":"new","value":"v"},{"key":"new2","value":"v",` + members + `}]`
	}
	form := func(rest string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv\r\n" + rest
	}
	metadata := "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n"
	multipart := "Content-Type: multipart/form-data; boundary=b"
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<16, strings.Repeat("x", 1<<16))
	const big = 101_000_000

	for _, row := range []struct {
		name         string
		method, path string // below the namespace
		headers      []string
		body         io.Reader
		status, code int
	}{
		// Bodies that are not what they say.
		{"a body cut short", "PUT", "/values/new", []string{length(100)}, strings.NewReader("half"), 400, 10012},
		{"a body cut short, over kept", "PUT", "/values/kept", []string{length(5)}, strings.NewReader("half"), 400, 10012},
		{"a bulk body cut short", "PUT", "/bulk", []string{length(100)}, strings.NewReader(`[{"key":"new","value":"v"}`), 400, 10012},
		{"a bulk body cut short where it could end", "PUT", "/bulk", []string{length(100)}, strings.NewReader(`[{"key":"new","value":"v"}]`), 400, 10012},
		{"keys to delete cut short", "POST", "/bulk/delete", []string{length(100)}, strings.NewReader(`["kept"]`), 400, 10012},
		{"a form cut short", "PUT", "/values/new", []string{multipart, length(100)}, strings.NewReader(form("")), 400, 10012},
		{"a form without its end", "PUT", "/values/new", []string{multipart, length(len(form("")))}, strings.NewReader(form("")), 400, 10012},
		{"a title cut short", "PUT", "", []string{length(100)}, strings.NewReader(`{"title":"x"}`), 400, 10012},
		{"two lengths", "PUT", "/values/new", []string{length(1), length(2)}, strings.NewReader("vv"), 400, 0},
		{"a negative length", "PUT", "/values/new", []string{length(-1)}, strings.NewReader("v"), 400, 0},
		{"a length that is no number", "PUT", "/values/new", []string{"Content-Length: one"}, strings.NewReader("v"), 400, 0},
		{"a length of 1 TB", "PUT", "/values/new", []string{length(1 << 40)}, strings.NewReader("v"), 413, 10024},
		{"chunks that break off", "PUT", "/values/new", []string{chunked}, strings.NewReader("5\r\nhel"), 400, 10012},
		{"chunks without the last", "PUT", "/values/new", []string{chunked}, strings.NewReader("5\r\nhello\r\n"), 400, 10012},
		{"chunks of no length", "PUT", "/values/new", []string{chunked}, strings.NewReader("zz\r\nhello\r\n0\r\n\r\n"), 400, 10012},
		{"chunks without end", "PUT", "/values/new", []string{chunked}, pieces("", chunk, 500, ""), 413, 10024},
		{"another transfer coding", "PUT", "/values/new", []string{"Transfer-Encoding: gzip"}, strings.NewReader("v"), 501, 0},

		// Bodies that are too much.
		{"a value of 25 MiB and a byte", "PUT", "/values/new", []string{length(kv.MaxValueBytes + 1)}, pieces("", "x", kv.MaxValueBytes+1, ""), 413, 10024},
		{"101 MB of pairs", "PUT", "/bulk", []string{length(big)}, pieces(`[{"key":"new","value":"`, strings.Repeat("x", 1000), big/1000, ""), 413, 10024},
		{"101 MB of blanks", "PUT", "/bulk", []string{length(big)}, pieces("[", strings.Repeat(" ", 1000), big/1000, ""), 413, 10024},
		{"10,001 pairs", "PUT", "/bulk", []string{chunked}, chunks(pieces(`[{"key":"new","value":""}`, pair, 10_000, "]")), 400, 10020},
		{"10,001 keys to delete", "POST", "/bulk/delete", []string{chunked}, chunks(pieces(`["kept"`, `,"kept"`, 10_000, "]")), 400, 10020},
		{"101 keys to get", "POST", "/bulk/get", []string{chunked}, chunks(pieces(`{"keys":["kept"`, `,"kept"`, 100, "]}")), 400, 10029},
		{"metadata of 1,025 bytes", "PUT", "/bulk", []string{chunked}, chunks(strings.NewReader(bulk(`"metadata":"` + strings.Repeat("m", 1023) + `"`))), 413, 10024},
		{"metadata of 1,025 bytes in a form", "PUT", "/values/new", []string{multipart, chunked},
			chunks(strings.NewReader(form(metadata + `"` + strings.Repeat("m", 1023) + "\"\r\n--b--"))), 413, 10024},
		{"metadata of 1 MB in a form", "PUT", "/values/new", []string{multipart, chunked},
			chunks(strings.NewReader(form(metadata + strings.Repeat(" ", 1<<20) + "1\r\n--b--"))), 413, 10024},
		{"a form of many parts", "PUT", "/values/new", []string{multipart, chunked},
			chunks(pieces(form(""), "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n", 1_000_000, "")), 413, 10024},

		// Bodies that are wrong.
		{"nested a million deep", "PUT", "/bulk", []string{chunked}, chunks(strings.NewReader(deep)), 400, 10012},
		{"metadata nested a million deep", "PUT", "/bulk", []string{chunked}, chunks(strings.NewReader(bulk(`"metadata":` + deep + strings.Repeat("]", len(deep))))), 400, 10012},
		{"metadata nested deep in a form", "PUT", "/values/new", []string{multipart, chunked},
			chunks(strings.NewReader(form(metadata + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + "\r\n--b--"))), 400, 10047},
		{"keys to get nested deep", "POST", "/bulk/get", []string{chunked}, chunks(strings.NewReader(`{"keys":` + deep + `}`)), 400, 10012},
		{"a title nested deep", "PUT", "", []string{chunked}, chunks(strings.NewReader(`{"title":` + deep + `}`)), 400, 10012},
		{"a TTL of 59", "PUT", "/bulk", []string{chunked}, chunks(strings.NewReader(bulk(`"expiration_ttl":59`))), 400, 10034},
		{"an expiration in the past", "PUT", "/bulk", []string{chunked}, chunks(strings.NewReader(bulk(`"expiration":1000000000`))), 400, 10033},
		{"an expiration before 1970", "PUT", "/bulk", []string{chunked}, chunks(strings.NewReader(bulk(`"expiration":-1`))), 400, 10033},
		{"an expiration beyond numbers", "PUT", "/bulk", []string{chunked}, chunks(strings.NewReader(bulk(`"expiration":1e400`))), 400, 10012},
		{"a key of 513 bytes", "PUT", "/values/" + strings.Repeat("k", 513), []string{length(1)}, strings.NewReader("v"), 414, 10030},
		{"a key of 60 KB", "PUT", "/values/" + strings.Repeat("k", 60_000), []string{length(1)}, strings.NewReader("v"), 414, 10030},
		{"text that is no UTF-8", "PUT", "/bulk", []string{chunked}, chunks(strings.NewReader(`[{"key":"new","value":"` + "\xff" + `"}]`)), 400, 10012},

		// Headers.
		{"a header of 1 MB", "PUT", "/values/new", []string{"X: " + strings.Repeat("x", 1<<20), length(1)}, strings.NewReader("v"), 431, 0},
		{"ten thousand headers", "PUT", "/values/new", append(strings.Split(strings.Repeat("X: xxxxxxxxxx\n", 10_000), "\n")[:10_000], length(1)), strings.NewReader("v"), 431, 0},
		{"a header that is none", "PUT", "/values/new", []string{"no colon", length(1)}, strings.NewReader("v"), 400, 0},
		{"a path of 1 MB", "PUT", "/values/" + strings.Repeat("k", 1<<20), []string{length(1)}, strings.NewReader("v"), 431, 0},
		{"a method that is none", "PÜT", "/values/new", []string{length(1)}, strings.NewReader("v"), 400, 0},
		{"a method nobody knows", "PURGE", "", nil, strings.NewReader(""), 405, 10405},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, code := h.send(row.method, hostileKeys+row.path, row.headers, row.body)
			if status != row.status || code != row.code {
				t.Errorf("got %d with code %d, want %d with code %d", status, code, row.status, row.code)
			}
			h.unchanged(row.name)
		})
	}
}

// chunks is body in chunks, with the last.
func chunks(body io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		w := httputil.NewChunkedWriter(in)
		_, err := io.Copy(w, body)
		if err == nil {
			err = w.Close()
		}
		if err == nil {
			_, err = io.WriteString(in, "\r\n")
		}
		in.CloseWithError(err)
	}()
	return out
}

// What is odd, but right.
func TestOddInputIsTaken(t *testing.T) {
	h := newHostile(t)
	h.stays = true
	for _, row := range []struct{ name, method, path, body string }{
		{"the year 9999", "PUT", "/values/far?expiration=253402300799", "v"},
		{"a key twice", "PUT", "/bulk", `[{"key":"twice","value":"1"},{"key":"twice","value":"2"}]`},
		{"a member twice", "PUT", "/bulk", `[{"key":"member","value":"1","value":"2"}]`},
		{"metadata of 1,024 bytes", "PUT", "/bulk", `[{"key":"metadata","value":"","metadata":"` + strings.Repeat("m", 1022) + `"}]`},
		{"512 bytes of UTF-8", "PUT", "/values/" + strings.Repeat("%C3%A9", 256), "v"},
		{"nothing", "PUT", "/values/nothing", ""},
	} {
		if status, code := h.send(row.method, hostileKeys+row.path, []string{chunked}, chunks(strings.NewReader(row.body))); status != 200 {
			t.Errorf("%s: got %d with code %d, want 200", row.name, status, code)
		}
	}
	for key, want := range map[string]string{"far": "v", "twice": "2", "member": "2", strings.Repeat("é", 256): "v", "nothing": "", "kept": "kept"} {
		if status, body, err := fetch(t, "GET", h.URL()+hostileKeys+"/values/"+key, h.token, ""); status != 200 || body != want || err != nil {
			t.Errorf("%s: got %d %q, %v; want %q", key, status, body, err, want)
		}
	}
}

// A client that closes the half of the connection on which it sends looks gone to
// net/http while its request is served: it is told that a put was done, or nothing.
func TestHalfClosedClientIsNotDeceived(t *testing.T) {
	h := newHostile(t)
	done := 0
	for i := range 100 {
		key := fmt.Sprint("key", i)
		status, _ := h.send("PUT", hostileKeys+"/values/"+key, []string{length(1)}, strings.NewReader("v"))
		if status != 200 {
			continue
		}
		done++
		if status, body, err := fetch(t, "GET", h.URL()+hostileKeys+"/values/"+key, h.token, ""); status != 200 || body != "v" {
			t.Errorf("%s was put with 200, and is answered %d %q, %v", key, status, body, err)
		}
	}
	t.Logf("%d of 100 puts were done", done)
}
