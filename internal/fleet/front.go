package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/workerd"
)

// localhost is the domain below which Workers are: browsers and curl take every name in it for
// this machine.
const localhost = ".localhost"

// splitHost reads WORKER.ACCOUNT.localhost, with or without a port.
func splitHost(host string) (worker, account string, ok bool) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if len(host) < len(localhost) || !strings.EqualFold(host[len(host)-len(localhost):], localhost) {
		return "", "", false
	}
	worker, account, ok = strings.Cut(host[:len(host)-len(localhost)], ".")
	return worker, strings.ToLower(account), ok && worker != "" && account != "" && !strings.Contains(account, ".")
}

// Serves says whether a request for this host is the fleet's to answer.
func (f *Fleet) Serves(host string) bool {
	_, _, ok := splitHost(host)
	return ok
}

// Slug is an account's name as a part of a host: letters and digits in lower case, with one "-" for
// whatever is between them. It is "" for a name without any.
func Slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// findAccount returns the account of a host's label, its id or its slug; "" if there is none, or
// several have the slug.
func (f *Fleet) findAccount(ctx context.Context, label string) (string, error) {
	f.mu.Lock()
	id, known := f.accounts[label]
	f.mu.Unlock()
	if known {
		return id, nil
	}
	all, err := f.o.Accounts(ctx)
	if err != nil {
		return "", fmt.Errorf("list the accounts: %w", err)
	}
	labels := map[string]string{}
	for _, a := range all {
		if _, twice := labels[Slug(a.Name)]; twice {
			labels[Slug(a.Name)] = ""
			continue
		}
		labels[Slug(a.Name)] = a.ID
	}
	for _, a := range all {
		labels[a.ID] = a.ID
	}
	f.mu.Lock()
	f.accounts = labels
	f.mu.Unlock()
	return labels[label], nil
}

// ServeHTTP answers a request for WORKER.ACCOUNT.localhost by that Worker.
func (f *Fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, label, ok := splitHost(r.Host)
	if !ok {
		http.Error(w, "bindery: Workers are at http://WORKER.ACCOUNT.localhost, not at "+strconv.Quote(r.Host), http.StatusNotFound)
		return
	}
	f.ServeWorker(w, r, name, label)
}

// ServeWorker answers a request by a Worker of the account that label, an id or a slug, names; whatever
// the request's host is.
func (f *Fleet) ServeWorker(w http.ResponseWriter, r *http.Request, name, label string) {
	account, err := f.findAccount(r.Context(), label)
	if err != nil {
		f.fail(w, r, label, name, err)
		return
	}
	if account == "" {
		http.Error(w, fmt.Sprintf("bindery: no account is called %q, or several are: its id does as well", label), http.StatusNotFound)
		return
	}
	if r.URL.Path == handlerPath {
		f.scheduled(w, r, account, name)
		return
	}
	for {
		to, found, err := f.tenant(account).find(r.Context(), name)
		if err != nil {
			f.fail(w, r, account, name, err)
			return
		}
		if !found {
			to, found, err = f.tenant(account).findPreview(r.Context(), strings.ToLower(name))
			if err != nil {
				f.fail(w, r, account, name, err)
				return
			}
		}
		if !found {
			http.Error(w, fmt.Sprintf("bindery: account %q has no Worker %q that is deployed", label, name), http.StatusNotFound)
			return
		}
		s := to.member.pick(r)
		if s.answers(r) {
			s.site().ServeHTTP(w, r)
			return
		}
		u, err := to.group.acquire(r.Context())
		if errors.Is(err, errRetired) {
			continue
		}
		if err != nil {
			f.fail(w, r, account, name, err)
			return
		}
		defer to.group.release(u)
		f.forward(w, r, account, name, u.transports[to.member.service(&s.version)])
		return
	}
}

// pick chooses a version by its share. Requests with the same version key meet the same one, as
// with Cloudflare's gradual deployments.
func (m *member) pick(r *http.Request) *share {
	at := rand.Float64() * 100
	if key := r.Header.Get("Cloudflare-Workers-Version-Key"); key != "" {
		h := fnv.New32a()
		_, _ = h.Write([]byte(key)) // never fails
		at = float64(h.Sum32()%10000) / 100
	}
	for i := range m.shares {
		s := &m.shares[i]
		if at -= s.percentage; at < 0 {
			return s
		}
	}
	return m.main()
}

func (f *Fleet) forward(w http.ResponseWriter, r *http.Request, account, name string, to *http.Transport) {
	proxy := &httputil.ReverseProxy{
		Rewrite: rewrite, Transport: to, FlushInterval: -1,
		ErrorLog:     slog.NewLogLogger(f.o.Log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) { f.fail(w, r, account, name, err) },
	}
	proxy.ServeHTTP(w, r)
}

// rewrite makes of a request what Cloudflare hands a Worker. Headers by which Cloudflare says who
// asks are ours to set; what a client sent under their names is dropped.
func rewrite(p *httputil.ProxyRequest) {
	p.Out.URL.Scheme, p.Out.URL.Host = "http", "workerd"
	p.Out.URL.RawQuery = p.In.URL.RawQuery // as it was sent
	if sent, _, _ := strings.Cut(p.In.RequestURI, "?"); strings.HasPrefix(sent, "/") && !strings.HasPrefix(sent, "//") {
		p.Out.URL.Opaque = sent // likewise: a URL's own form of it encodes more
	}
	p.Out.Host = p.In.Host
	for name := range p.Out.Header {
		if strings.HasPrefix(name, "Cf-") || strings.HasPrefix(name, "Bindery-") {
			delete(p.Out.Header, name)
		}
	}
	scheme, tls := "http", ""
	if p.In.TLS != nil {
		scheme, tls = "https", "TLSv1.3"
	}
	client, _, err := net.SplitHostPort(p.In.RemoteAddr)
	if err != nil {
		client = p.In.RemoteAddr
	}
	cf, _ := json.Marshal(map[string]any{ // strings
		"colo": "LOC", "country": "XX", "httpProtocol": p.In.Proto, "tlsVersion": tls, "requestPriority": "",
	})
	h := p.Out.Header
	h.Set("CF-Connecting-IP", client)
	h.Set("CF-Ray", fmt.Sprintf("%016x-LOC", rand.Uint64()))
	h.Set("CF-IPCountry", "XX")
	h.Set("CF-Visitor", `{"scheme":"`+scheme+`"}`)
	h.Set("X-Real-IP", client)
	h.Set("X-Forwarded-For", client)
	h.Set("X-Forwarded-Proto", scheme)
	h.Set(workerd.HeaderCF, string(cf))
	h.Set(workerd.HeaderProto, scheme)
}

// fail answers a request that no Worker has answered. Why stands in the log, as it may quote code.
func (f *Fleet) fail(w http.ResponseWriter, r *http.Request, account, name string, err error) {
	if r.Context().Err() != nil {
		return // nobody waits
	}
	f.o.Log.Warn("request not answered by its Worker", "account", account, "worker", name, "error", err)
	if down := (*downError)(nil); errors.As(err, &down) {
		w.Header().Set("Retry-After", strconv.Itoa(int(down.until.Seconds())+1))
	}
	http.Error(w, fmt.Sprintf("bindery: Worker %q does not run; the log of the server says why", name), http.StatusServiceUnavailable)
}
