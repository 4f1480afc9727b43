package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
)

// keyHeader is where callers show their key. It is not handed on.
const keyHeader = "X-API-KEY"

// gateway answers requests by the rules of a table.
type gateway struct {
	table   func() *table
	answers *answers
	proxy   *httputil.ReverseProxy
}

// passage is what the gateway knows of a request that goes to an upstream.
type passage struct {
	rule   *rule
	policy *policy // nil: nothing is kept
	target *url.URL
	key    string // under which the answer is kept
}

type passageKey struct{}

func passageOf(r *http.Request) *passage { return r.Context().Value(passageKey{}).(*passage) }

func newGateway(rules func() *table, log *slog.Logger) *gateway {
	g := &gateway{table: rules, answers: newAnswers()}
	g.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL, r.Out.Host = passageOf(r.In).target, ""
			r.Out.Header.Del(keyHeader)
			r.Out.Header.Del("Accept-Encoding") // what is kept is for everybody
		},
		ModifyResponse: func(res *http.Response) error {
			p := passageOf(res.Request)
			res.Header.Set("X-Gateway-Rule", p.rule.Name)
			if p.policy == nil {
				return nil
			}
			res.Header.Set("X-Cache", "MISS")
			return g.answers.keep(p, res)
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			log.Warn("upstream did not answer", "rule", passageOf(r).rule.Name, "error", err)
			http.Error(w, "upstream did not answer", http.StatusBadGateway)
		},
	}
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t, path := g.table(), r.URL.EscapedPath()
	rule, rest := t.rule(path)
	switch {
	case rule == nil:
		http.Error(w, "no route", http.StatusNotFound)
		return
	case len(rule.Methods) > 0 && !slices.Contains(rule.Methods, r.Method):
		w.Header().Set("Allow", strings.Join(rule.Methods, ", "))
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	case !rule.admits(r.Header.Get(keyHeader)):
		http.Error(w, "key required", http.StatusUnauthorized)
		return
	}
	target, err := url.Parse(rule.target(path, rest, r.URL.RawQuery))
	if err != nil {
		http.Error(w, "no route", http.StatusNotFound)
		return
	}
	p := &passage{rule: rule, target: target}
	if policy := t.policy(path); policy != nil && r.Method == http.MethodGet {
		if policy.bypassed(r.Header) {
			w.Header().Set("X-Cache", "BYPASS")
		} else {
			p.policy, p.key = policy, policy.key(target, r.Header)
			if g.answers.serve(w, p) {
				return
			}
		}
	}
	g.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), passageKey{}, p)))
}

// admits compares digests: how long that takes says nothing of the key.
func (r *rule) admits(key string) bool {
	digest := sha256.Sum256([]byte(key))
	return r.digest == nil || key != "" && subtle.ConstantTimeCompare(digest[:], r.digest) == 1
}

func (p *policy) bypassed(h http.Header) bool {
	return slices.ContainsFunc(p.Bypass, func(name string) bool { return h.Get(name) != "" })
}

// key tells answers apart: by where they come from, and by the headers that make another one.
func (p *policy) key(target *url.URL, h http.Header) string {
	words := []string{target.String()}
	for _, name := range p.Vary {
		words = append(words, name, h.Get(name))
	}
	return strings.Join(words, "\n")
}
