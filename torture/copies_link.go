package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// batchBytes is what the body of a batch has at the most.
const batchBytes = 10 << 20

// link is the network between a command and the server. It counts what is written, and can be cut.
type link struct {
	url    string
	server *http.Server
	proxy  *httputil.ReverseProxy

	mu       sync.Mutex
	cut      bool
	moment   *moment
	sent     map[string]bool // keys that the command wrote in its earlier runs
	now      map[string]int  // that this run wrote, and the bytes
	wrote    map[string]bool // namespaces
	requests int             // of this run
	writes   int
}

func openLink(to string) (*link, error) {
	target, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &link{url: "http://" + listener.Addr().String(), wrote: map[string]bool{}}
	l.forget()
	l.proxy = &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog:     log.New(io.Discard, "", 0), // of commands that hang up as they are killed
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ModifyResponse: func(r *http.Response) error {
			l.answered(r.Request)
			return nil
		},
	}
	l.server = &http.Server{Handler: l}
	go func() { _ = l.server.Serve(listener) }()
	return l, nil
}

func (l *link) close() { l.server.Close() }

// forget begins a new command.
func (l *link) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent, l.now = map[string]bool{}, map[string]int{}
}

// expect begins a run of the command, which stops at a moment; nil for none.
func (l *link) expect(m *moment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.moment = m
}

// restore ends the run, and repairs what was cut.
func (l *link) restore() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.moment, l.requests, l.writes = false, nil, 0, 0
}

// again says how many keys and bytes of the last run were sent in an earlier one, too.
func (l *link) again() (keys, size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, bytes := range l.now {
		if l.sent[key] {
			keys, size = keys+1, size+bytes
		}
		l.sent[key] = true
	}
	l.now = map[string]int{}
	return keys, size
}

// written are the namespaces that were written to.
func (l *link) written() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.wrote))
}

func (l *link) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	write := r.Method == http.MethodPut || r.Method == http.MethodDelete || strings.HasSuffix(r.URL.Path, "/bulk/delete")
	var body []byte
	if write {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	l.mu.Lock()
	if l.cut {
		l.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	l.requests++
	if write {
		l.writes++
		l.note(r, body)
	}
	m, requests, writes := l.moment, l.requests, l.writes
	l.mu.Unlock()
	m.reached(requests, writes, write, false)
	l.proxy.ServeHTTP(w, r)
}

// answered comes when the server has answered, and the command does not know it yet.
func (l *link) answered(r *http.Request) {
	l.mu.Lock()
	m, requests, writes := l.moment, l.requests, l.writes
	l.mu.Unlock()
	m.reached(requests, writes, r.Method == http.MethodPut || strings.HasSuffix(r.URL.Path, "/bulk/delete"), true)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		panic(http.ErrAbortHandler)
	}
}

// note writes down the keys that a request writes. A put and a delete of one key are two things.
func (l *link) note(r *http.Request, body []byte) {
	path := strings.Split(r.URL.EscapedPath(), "/")
	if i := slices.Index(path, "namespaces"); i >= 0 && i+1 < len(path) {
		l.wrote[path[i+1]] = true
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/bulk"):
		var pairs []struct{ Key string }
		_ = json.Unmarshal(body, &pairs)
		for _, p := range pairs {
			l.now["put "+p.Key] = len(body) / len(pairs)
		}
	case strings.HasSuffix(r.URL.Path, "/bulk/delete"):
		var keys []string
		_ = json.Unmarshal(body, &keys)
		for _, key := range keys {
			l.now["delete "+key] = len(key)
		}
	default:
		l.now[fmt.Sprintf("put %s", path[len(path)-1])] = len(body)
	}
}

// sever cuts the network at a moment of the run that is under way.
func (l *link) sever(m *moment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = l.cut || l.moment == m
}
