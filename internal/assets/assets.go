// Package assets answers requests with the static files of a version of a Worker, as Cloudflare
// does it: which file a path means, when it redirects, what is answered where no file is, which
// headers an answer has, and which requests go to the Worker's code instead.
//
// Start with [New]. [Site.Answers] says whether a request is the files' to answer, and
// [Site.ServeHTTP] answers it. The package knows neither accounts nor where files are kept.
//
// Source: Cloudflare's documentation of static assets, and the asset server in miniflare, with which
// a conformance test compares every kind of answer.
package assets

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

// File is a static file.
type File struct {
	Hash string // of its content; the ETag
	Type string // media type; "" sends none
}

// Options of New. Open is needed.
type Options struct {
	// Open returns a file's content and its size in bytes.
	Open func(context.Context, File) (io.ReadCloser, int64, error)
	// Navigation lets requests of a browser that navigates (Sec-Fetch-Mode) have the answer for
	// missing files, rather than the Worker's. Compatibility dates from 2025-04-01 say so.
	Navigation bool
	Log        *slog.Logger // nil: nobody is told what could not be read
}

// Site is the static files of a version with the rules by which they answer. It never changes.
type Site struct {
	files     map[string]File // by path, decoded
	html      htmlHandling
	notFound  string
	worker    workerFirst
	redirects redirects
	headers   []headerRule
	o         Options
}

// config is what an upload says about its static files.
type config struct {
	HTMLHandling     htmlHandling `json:"html_handling"`
	NotFoundHandling string       `json:"not_found_handling"`
	RunWorkerFirst   workerFirst  `json:"run_worker_first"`
	Headers          string       `json:"_headers"`   // the file of that name
	Redirects        string       `json:"_redirects"` // the file of that name
}

// New compiles a site. Lines of _headers and _redirects that mean nothing are left out, as
// wrangler warns when it uploads them; its error says what else in the configuration is wrong.
func New(files map[string]File, configuration json.RawMessage, o Options) (*Site, error) {
	var c config
	if len(configuration) > 0 {
		if err := json.Unmarshal(configuration, &c); err != nil {
			return nil, fmt.Errorf("read the configuration of static files: %w", err)
		}
	}
	if c.HTMLHandling == "" {
		c.HTMLHandling = autoTrailingSlash
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Site{
		files: files, html: c.HTMLHandling, notFound: c.NotFoundHandling, worker: c.RunWorkerFirst,
		redirects: parseRedirects(c.Redirects, c.HTMLHandling), headers: parseHeaders(c.Headers), o: o,
	}, nil
}

// Answers says whether the site answers a request to a Worker that has code, too.
func (s *Site) Answers(r *http.Request) bool {
	switch path := requestPath(r); {
	case matchAny(s.worker.not, path):
		return true
	case s.worker.always || matchAny(s.worker.routes, path):
		return false
	}
	notFound := s.notFound
	if !s.worker.listed && !(s.o.Navigation && r.Header.Get("Sec-Fetch-Mode") == "navigate") {
		notFound = "" // the Worker's to say
	}
	return s.decide(r, notFound).known
}

// decision is what a request gets.
type decision struct {
	known    bool // something here is meant by it; if not, code may answer
	status   int
	location string
	file     File
}

func (s *Site) decide(r *http.Request, notFound string) decision {
	path := requestPath(r)
	search := ""
	if r.URL.RawQuery != "" {
		search = "?" + r.URL.RawQuery
	}
	rewritten := false
	if to, ok := s.redirects.find(path); ok {
		target := parseTarget(to.to)
		if to.status != http.StatusOK {
			return decision{known: true, status: to.status, location: target.location(r, search)}
		}
		path, rewritten = target.path, true
	}
	decoded := decodePath(path)
	found := s.resolve(decoded, notFound, true)
	switch {
	case found.status == 0:
		return decision{known: rewritten, status: http.StatusNotFound}
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return decision{known: true, status: http.StatusMethodNotAllowed}
	case found.redirect != "":
		return decision{known: true, status: http.StatusTemporaryRedirect, location: encodePath(found.redirect) + search}
	}
	if plain := encodePath(decoded); plain != path {
		return decision{known: true, status: http.StatusTemporaryRedirect, location: plain + search}
	}
	return decision{known: true, status: found.status, file: found.file}
}

// ServeHTTP answers a request, whether or not there is a file for it.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d := s.decide(r, s.notFound)
	h := w.Header()
	if d.location != "" {
		h.Set("Location", d.location)
	}
	if d.file.Hash == "" {
		setHeaders(h, s.headers, r)
		h.Set("Content-Length", "0")
		w.WriteHeader(d.status)
		return
	}
	etag := strconv.Quote(d.file.Hash)
	h.Set("ETag", etag)
	h.Set("CF-Cache-Status", "HIT")
	if d.file.Type != "" {
		h.Set("Content-Type", d.file.Type)
	}
	if r.Header.Get("Authorization") == "" && r.Header.Get("Range") == "" {
		h.Set("Cache-Control", "public, max-age=0, must-revalidate")
	}
	if sent := r.Header.Get("If-None-Match"); sent == etag || sent == "W/"+etag {
		setHeaders(h, s.headers, r)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	content, size, err := s.o.Open(r.Context(), d.file)
	if err != nil {
		s.o.Log.Error("static file not read", "path", r.URL.Path, "error", err)
		clear(h)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	defer content.Close()
	setHeaders(h, s.headers, r)
	if h.Get("Content-Type") == "" {
		h["Content-Type"] = nil // none, rather than one that net/http guesses
	}
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(d.status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := io.Copy(w, content); err != nil && r.Context().Err() == nil {
		s.o.Log.Error("static file not sent whole", "path", r.URL.Path, "error", err)
	}
}

// workerFirst is what of the requests the Worker's code is asked first for: true, or a list of
// paths with "*" in them, those after a "!" excepted.
type workerFirst struct {
	always bool
	listed bool
	routes []glob
	not    []glob
}

func (f *workerFirst) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &f.always); err == nil {
		return nil
	}
	var rules []string
	if err := json.Unmarshal(text, &rules); err != nil {
		return fmt.Errorf("run_worker_first is neither true or false nor a list of paths: %w", err)
	}
	f.listed = true
	for _, rule := range rules {
		if path, except := strings.CutPrefix(rule, "!"); except {
			f.not = append(f.not, newGlob(path))
		} else {
			f.routes = append(f.routes, newGlob(rule))
		}
	}
	return nil
}

// glob is a path in which "*" stands for any text: what lies between them.
type glob []string

func newGlob(rule string) glob { return strings.Split(rule, "*") }

func (g glob) match(path string) bool {
	rest, ok := strings.CutPrefix(path, g[0])
	if !ok || len(g) == 1 {
		return ok && rest == ""
	}
	for _, part := range g[1 : len(g)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, g[len(g)-1])
}

func matchAny(all []glob, path string) bool {
	for _, g := range all {
		if g.match(path) {
			return true
		}
	}
	return false
}
