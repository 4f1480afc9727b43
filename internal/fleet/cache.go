package fleet

import (
	"bufio"
	"bytes"
	"container/list"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/workerd"
)

// Bounds of the cache API's store.
const (
	cacheBytes    = 64 << 20 // of all accounts
	cacheOneBytes = 16 << 20 // of a response; a larger one is not kept
	cacheOverhead = 512      // counted for a response beside its body
)

// uncached begins the paths of a probe, whose answers no cache may keep.
const uncached = "/api/v1/data/"

// responses is the store behind the cache API: responses in memory, of which those that were asked
// for the longest time ago go first when there are too many.
type responses struct {
	now func() time.Time

	mu    sync.Mutex
	byKey map[cacheKey]*list.Element
	order list.List // of *cached, the latest first
	bytes int
}

// cacheKey is where a response is kept: nobody finds that of another account.
type cacheKey struct{ account, name, url string }

type cached struct {
	key     cacheKey
	status  int
	header  http.Header
	body    []byte
	put     time.Time
	expires time.Time
}

func (c *cached) size() int { return len(c.body) + len(c.key.url) + cacheOverhead }

func newResponses(now func() time.Time) *responses {
	return &responses{now: now, byKey: map[cacheKey]*list.Element{}}
}

// cache returns the service that the cache API of the account's Workers goes to.
func (c *composer) cache() string {
	return c.servedURLs("cache", func() http.Handler { return cacheAPI{c.fleet.responses, c.account} })
}

// cacheAPI answers what workerd asks of a cache.
//
// Source: experiments with workerd 2026-04-26, and miniflare.
type cacheAPI struct {
	all     *responses
	account string
}

func (a cacheAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	uri, _, _ := strings.Cut(r.RequestURI, "#")
	key := cacheKey{a.account, r.Header.Get("CF-Cache-Namespace"), r.Header.Get(workerd.HeaderProto) + "://" + r.Host + uri}
	w.Header().Set("Content-Length", "0")
	switch r.Method {
	case http.MethodGet:
		a.match(w, r, key)
	case http.MethodPut:
		if !a.put(r, key) {
			w.WriteHeader(http.StatusRequestEntityTooLarge) // put is content with that, as on Cloudflare
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case "PURGE":
		if !a.all.remove(key) {
			w.WriteHeader(http.StatusNotFound)
		}
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// match answers the response as it was put, with ranges and conditions; or that there is none.
func (a cacheAPI) match(w http.ResponseWriter, r *http.Request, key cacheKey) {
	found := a.all.get(key)
	if found == nil {
		w.Header().Set("CF-Cache-Status", "MISS")
		w.WriteHeader(http.StatusGatewayTimeout)
		return
	}
	for name, values := range found.header {
		w.Header()[name] = values
	}
	w.Header().Set("CF-Cache-Status", "HIT")
	w.Header().Set("Age", strconv.Itoa(int(a.all.now().Sub(found.put).Seconds())))
	if w.Header().Get("Content-Type") == "" {
		w.Header()["Content-Type"] = nil // none, rather than one that net/http guesses
	}
	if found.status == http.StatusOK {
		modified, _ := http.ParseTime(found.header.Get("Last-Modified")) // zero: it says nothing
		w.Header().Del("Content-Length")
		for _, name := range []string{"If-Match", "If-Unmodified-Since", "If-Range"} { // cache.match looks at none of them
			r.Header.Del(name)
		}
		http.ServeContent(&rangeWriter{ResponseWriter: w, size: len(found.body)}, r, "", modified, bytes.NewReader(found.body))
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(found.body)))
	w.WriteHeader(found.status)
	_, _ = w.Write(found.body) // the Worker is gone, then
}

// rangeWriter answers a range that is none with the size alone, where net/http would explain it in the body.
type rangeWriter struct {
	http.ResponseWriter
	size    int
	refused bool
}

func (w *rangeWriter) WriteHeader(status int) {
	if w.refused = status == http.StatusRequestedRangeNotSatisfiable; w.refused {
		clear(w.Header())
		w.Header().Set("CF-Cache-Status", "HIT")
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", w.size))
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *rangeWriter) Write(p []byte) (int, error) {
	if w.refused {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// put keeps the response in the body of a request, if it may be kept.
func (a cacheAPI) put(r *http.Request, key cacheKey) bool {
	defer func() { _, _ = io.Copy(io.Discard, r.Body) }() // an answer before the end would break the connection
	response, err := http.ReadResponse(bufio.NewReader(r.Body), nil)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	now := a.all.now()
	fresh := freshFor(response.StatusCode, response.Header, now)
	if fresh <= 0 || strings.HasPrefix(r.URL.Path, uncached) {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, cacheOneBytes+1))
	if err != nil || len(body) > cacheOneBytes {
		return false
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Content-Length"} {
		response.Header.Del(name)
	}
	a.all.put(&cached{key: key, status: response.StatusCode, header: response.Header, body: body, put: now, expires: now.Add(fresh)})
	return true
}

// freshFor is how long a response may be kept; 0 for not at all. Source: RFC 9111 as a shared cache
// reads it, and Cloudflare's documentation of cache.put: nothing with Set-Cookie, unless
// Cache-Control: private=Set-Cookie lets that header be dropped.
func freshFor(status int, h http.Header, now time.Time) time.Duration {
	switch status {
	case 200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501:
	default:
		return 0
	}
	says := map[string]string{}
	for _, part := range strings.Split(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		says[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	if strings.EqualFold(says["private"], "set-cookie") {
		h.Del("Set-Cookie")
		delete(says, "private")
	}
	for _, never := range []string{"no-store", "no-cache", "private"} {
		if _, ok := says[never]; ok {
			return 0
		}
	}
	if h.Get("Set-Cookie") != "" || h.Get("Vary") == "*" {
		return 0
	}
	age, _ := strconv.Atoi(h.Get("Age")) // none: 0
	for _, name := range []string{"s-maxage", "max-age"} {
		if text, ok := says[name]; ok {
			seconds, _ := strconv.Atoi(text) // none: not fresh
			return time.Duration(min(seconds-age, 365*24*3600)) * time.Second
		}
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	return expires.Sub(now)
}

// get returns what is kept and fresh; nil if nothing is.
func (s *responses) get(key cacheKey) *cached {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.byKey[key]
	if at == nil {
		return nil
	}
	c := at.Value.(*cached)
	if !s.now().Before(c.expires) {
		s.drop(at)
		return nil
	}
	s.order.MoveToFront(at)
	return c
}

func (s *responses) put(c *cached) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.byKey[c.key]; at != nil {
		s.drop(at)
	}
	s.byKey[c.key] = s.order.PushFront(c)
	s.bytes += c.size()
	for s.bytes > cacheBytes {
		s.drop(s.order.Back())
	}
}

// remove says whether there was something fresh to remove.
func (s *responses) remove(key cacheKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.byKey[key]
	if at == nil {
		return false
	}
	s.drop(at)
	return s.now().Before(at.Value.(*cached).expires)
}

// drop removes an element; the caller holds s.mu.
func (s *responses) drop(at *list.Element) {
	c := s.order.Remove(at).(*cached)
	delete(s.byKey, c.key)
	s.bytes -= c.size()
}
