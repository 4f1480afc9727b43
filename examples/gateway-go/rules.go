package main

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Keys of the namespace begin so. The values are those that the JSON Schemas of examples/api-gateway/seeds describe.
const (
	rulePrefix   = "rule:"
	policyPrefix = "cache:"
)

// rule says where requests for a path go.
type rule struct {
	Name     string   `json:"-"`
	Match    string   `json:"match"`    // a path, or with /* at its end all below it
	Upstream string   `json:"upstream"` // http:// or https://
	Rewrite  string   `json:"rewrite"`  // the path there; * stands for what * matched. "" is the same path
	Methods  []string `json:"methods"`  // none are all
	KeySHA   string   `json:"key_sha256"`

	base   *url.URL
	digest []byte // of the key that has to be shown; nil for none
}

// policy says what of a path's answers is kept.
type policy struct {
	Match  string   `json:"match"`
	TTL    int      `json:"ttl"`    // seconds
	Vary   []string `json:"vary"`   // request headers that make another answer
	Bypass []string `json:"bypass"` // request headers with which nothing is kept
}

// table is all rules and policies, the most specific first.
type table struct {
	rules    []*rule
	policies []*policy
}

// add puts a value of the namespace into the table. Keys of other prefixes are not the gateway's.
func (t *table) add(key string, value []byte) error {
	if name, ok := strings.CutPrefix(key, rulePrefix); ok {
		r := &rule{Name: name}
		if err := r.parse(value); err != nil {
			return err
		}
		t.rules = append(t.rules, r)
	} else if strings.HasPrefix(key, policyPrefix) {
		p := &policy{}
		if err := p.parse(value); err != nil {
			return err
		}
		t.policies = append(t.policies, p)
	}
	return nil
}

// sort brings the longer of two paths to the front, and an exact one before a pattern.
func (t *table) sort() {
	slices.SortStableFunc(t.rules, func(a, b *rule) int { return bySpecific(a.Match, b.Match) })
	slices.SortStableFunc(t.policies, func(a, b *policy) int { return bySpecific(a.Match, b.Match) })
}

func bySpecific(a, b string) int {
	exact := func(match string) int {
		if strings.HasSuffix(match, "/*") {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(exact(a), exact(b)), cmp.Compare(len(b), len(a)))
}

// matches says whether a path is meant, and what * stands for.
func matches(match, path string) (rest string, ok bool) {
	if prefix, pattern := strings.CutSuffix(match, "*"); pattern {
		return strings.CutPrefix(path, prefix)
	}
	return "", match == path
}

func (t *table) rule(path string) (r *rule, rest string) {
	for _, r := range t.rules {
		if rest, ok := matches(r.Match, path); ok {
			return r, rest
		}
	}
	return nil, ""
}

func (t *table) policy(path string) *policy {
	for _, p := range t.policies {
		if _, ok := matches(p.Match, path); ok {
			return p
		}
	}
	return nil
}

// target is the URL that a request for path goes to.
func (r *rule) target(path, rest, query string) string {
	switch {
	case strings.HasSuffix(r.Rewrite, "*"):
		path = strings.TrimSuffix(r.Rewrite, "*") + rest
	case r.Rewrite != "":
		path = r.Rewrite
	}
	target := strings.TrimSuffix(r.Upstream, "/") + path
	if query != "" {
		target += "?" + query
	}
	return target
}

func (r *rule) parse(value []byte) (err error) {
	if err := strict(value, r); err != nil {
		return err
	}
	if err := checkMatch(r.Match); err != nil {
		return err
	}
	r.base, err = url.Parse(r.Upstream)
	switch {
	case err != nil || r.base.Host == "" || r.base.Scheme != "http" && r.base.Scheme != "https" || r.base.RawQuery != "":
		return errors.New("upstream is no URL that this gateway can reach")
	case r.Rewrite != "" && r.Rewrite[0] != '/', strings.HasSuffix(r.Rewrite, "*") && !strings.HasSuffix(r.Match, "/*"):
		return errors.New("rewrite is no path, or has a * that match has not")
	}
	for _, method := range r.Methods {
		if method == "" || method != strings.ToUpper(method) {
			return errors.New("methods are not in upper case")
		}
	}
	if r.KeySHA != "" {
		if r.digest, err = hex.DecodeString(r.KeySHA); err != nil || len(r.digest) != 32 {
			return errors.New("key_sha256 is no SHA-256 in hex")
		}
	}
	return nil
}

func (p *policy) parse(value []byte) error {
	if err := strict(value, p); err != nil {
		return err
	}
	if p.TTL < 1 {
		return errors.New("ttl is no number of seconds")
	}
	for i := range p.Vary {
		p.Vary[i] = http.CanonicalHeaderKey(p.Vary[i])
	}
	return checkMatch(p.Match)
}

func checkMatch(match string) error {
	if !strings.HasPrefix(match, "/") || strings.Contains(strings.TrimSuffix(match, "/*"), "*") {
		return errors.New("match is no path, nor one with /* at its end")
	}
	return nil
}

// strict decodes JSON in which nothing is unknown.
func strict(value []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("not the JSON that belongs there: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows its JSON")
	}
	return nil
}
