package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what is kept, in memory.
const (
	maxAnswers     = 1000
	maxAnswerBytes = 1 << 20
)

// answers are those that are kept.
type answers struct {
	mu    sync.Mutex
	byKey map[string]*answer
}

type answer struct {
	header http.Header
	body   []byte
	until  time.Time
}

func newAnswers() *answers { return &answers{byKey: map[string]*answer{}} }

// serve answers from what is kept; false if nothing is.
func (a *answers) serve(w http.ResponseWriter, p *passage) bool {
	a.mu.Lock()
	kept := a.byKey[p.key]
	a.mu.Unlock()
	if kept == nil || time.Now().After(kept.until) {
		return false
	}
	for name, values := range kept.header {
		w.Header()[name] = values
	}
	w.Header().Set("X-Cache", "HIT")
	w.Header().Set("X-Gateway-Rule", p.rule.Name)
	_, _ = w.Write(kept.body) // who asked is gone, then
	return true
}

// keep takes an answer that may be kept, and says so to whoever asked. One that is too long goes by.
func (a *answers) keep(p *passage, res *http.Response) error {
	if !p.policy.keeps(res) {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes+1))
	if err != nil {
		return err
	}
	if len(body) > maxAnswerBytes {
		res.Body = &rejoined{io.MultiReader(bytes.NewReader(body), res.Body), res.Body}
		return nil
	}
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.Header.Set("Cache-Control", fmt.Sprintf("max-age=%d", p.policy.TTL))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.makeRoom()
	a.byKey[p.key] = &answer{res.Header.Clone(), body, time.Now().Add(time.Duration(p.policy.TTL) * time.Second)}
	return nil
}

// rejoined is a body whose beginning was read.
type rejoined struct {
	io.Reader
	io.Closer
}

// makeRoom drops what is stale, and if that is nothing, anything.
func (a *answers) makeRoom() {
	if len(a.byKey) < maxAnswers {
		return
	}
	now := time.Now()
	for key, kept := range a.byKey {
		if now.After(kept.until) || len(a.byKey) >= maxAnswers {
			delete(a.byKey, key)
		}
	}
}

// keeps says whether an answer is for everybody who asks the same.
func (p *policy) keeps(res *http.Response) bool {
	control := strings.ToLower(strings.Join(res.Header.Values("Cache-Control"), ","))
	if res.StatusCode != http.StatusOK || res.Header.Get("Set-Cookie") != "" || strings.Contains(control, "no-store") || strings.Contains(control, "private") {
		return false
	}
	for name := range strings.SplitSeq(strings.Join(res.Header.Values("Vary"), ","), ",") {
		if name = http.CanonicalHeaderKey(strings.TrimSpace(name)); name != "" && name != "Accept-Encoding" && !slices.Contains(p.Vary, name) {
			return false
		}
	}
	return true
}
