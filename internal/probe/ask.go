package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/selftest"
)

// Question says whom to ask, and for what.
type Question struct {
	URL     string // the root of what answers the data endpoints: a Worker, or bindery's server
	Host    string // sent in place of URL's; "" for URL's own
	Key     string
	Binding string // this KV binding only; "" for all
}

// Answer is what both endpoints said.
type Answer struct {
	Environment string // "" is the top level
	Worker      string
	Results     []selftest.Result // by binding; Key, Took and Err are not known
	Report      selftest.Report   // as it came
}

// maxAnswer bounds the bytes of an answer: whoever is asked may be anybody.
const maxAnswer = 4 << 20

// asking follows no redirect, so that the key goes to nobody else. A self-test of many slow bindings takes long.
var asking = &http.Client{
	Timeout:       90 * time.Second,
	Transport:     &http.Transport{Proxy: proxy, DialContext: dial},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// local: names below localhost are this machine (RFC 6761, 6.3), which resolvers do not all know.
func local(host string) bool { return strings.HasSuffix(host, ".localhost") }

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	if host, port, err := net.SplitHostPort(address); err == nil && local(host) {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, network, address)
}

func proxy(r *http.Request) (*url.URL, error) {
	if local(r.URL.Hostname()) {
		return nil, nil
	}
	return http.ProxyFromEnvironment(r)
}

// Ask asks a running Worker or server for its bindings and its self-test.
//
// kv.ErrUnauthenticated: the key is not accepted. *RefusedError: the answer is another no, or nothing that is understood.
// kv.ErrUnavailable: nobody answered.
func Ask(ctx context.Context, q Question) (*Answer, error) {
	var bound bindingsAnswer
	if err := q.get(ctx, BindingsPath, &bound, http.StatusOK); err != nil {
		return nil, err
	}
	path := SelfTestPath
	if q.Binding != "" {
		path += "?binding=" + url.QueryEscape(q.Binding)
	}
	a := &Answer{Environment: bound.Data.Environment, Worker: bound.Data.Worker}
	if err := q.get(ctx, path, &a.Report, http.StatusOK, http.StatusInternalServerError); err != nil {
		return nil, err
	}
	if a.Report.Data.OverallStatus == "" {
		return nil, &RefusedError{URL: q.URL + path, Status: http.StatusOK, Message: "the answer is no report"}
	}
	a.Results = results(a.Report, bound.Data, q.Binding)
	return a, nil
}

// RefusedError is an answer that is not the one that was asked for.
type RefusedError struct {
	URL     string
	Status  int
	Code    string // as in a refusal of ours; "" in anybody else's
	Message string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s answers HTTP %d: %s", e.URL, e.Status, e.Message)
}

// Hint says what to do.
func (e *RefusedError) Hint() string {
	switch {
	case e.Code != "":
		return ""
	case e.Status/100 == 3:
		return "name the URL to which it redirects; the key is not sent along"
	}
	return "does the Worker mount the module that `bindery probe` writes, and is this its root?"
}

// get asks for one path, and reads the JSON of an answer with one of the statuses.
func (q Question) get(ctx context.Context, path string, into any, statuses ...int) error {
	target := strings.TrimSuffix(q.URL, "/") + path
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", q.URL, err)
	}
	r.Header.Set(KeyHeader, q.Key)
	r.Host = q.Host
	answer, err := asking.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // which does not repeat the address
		}
		return fmt.Errorf("ask %s: %w (%w)", q.URL, kv.ErrUnavailable, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w (%w)", target, kv.ErrUnavailable, err)
	}
	if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden {
		return fmt.Errorf("%s does not accept the API key: %w", q.URL, kv.ErrUnauthenticated)
	}
	var no refusalBody
	isJSON := json.Unmarshal(body, &no) == nil
	switch {
	case isJSON && no.Error.Code != "":
		return &RefusedError{URL: target, Status: answer.StatusCode, Code: no.Error.Code, Message: no.Error.Message}
	case !isJSON || !slices.Contains(statuses, answer.StatusCode):
		return &RefusedError{URL: target, Status: answer.StatusCode, Message: "nothing that is understood here, " + printable(string(bytes.TrimSpace(body)))}
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &RefusedError{URL: target, Status: answer.StatusCode, Message: "JSON of another form: " + err.Error()}
	}
	return nil
}

// results takes the report apart. One binding alone has no name there: it is the one that was asked for, or that there is.
func results(report selftest.Report, bound bindingsData, asked string) []selftest.Result {
	var all []selftest.Result
	if len(report.Data.Bindings) == 0 {
		one := selftest.Result{Binding: asked, Stages: stages(report.Data.TestDetails), Fingerprint: fact(report.Data.Fingerprint)}
		for _, b := range bound.Bindings[KVNamespace] {
			if asked == "" {
				one.Binding, one.Optional = b.Name, !b.Critical
			}
		}
		for name, ok := range bound.CriticalBindingsStatus {
			if one.Binding == "" && !ok { // not bound at all
				one.Binding = name
			}
		}
		return append(all, one)
	}
	var names []string
	for _, b := range bound.Bindings[KVNamespace] { // the configuration's order first
		names = append(names, b.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(report.Data.Bindings)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if b, tested := report.Data.Bindings[name]; tested {
			all = append(all, selftest.Result{Binding: name, Optional: !b.Critical, Stages: stages(b.TestDetails), Fingerprint: fact(b.Fingerprint)})
		}
	}
	return all
}

// fact is the fingerprint of a report; nil if it has none.
func fact(f *selftest.FingerprintJSON) *fingerprint.Fact {
	if f == nil {
		return nil
	}
	return &fingerprint.Fact{State: fingerprint.State(f.State), Agreed: f.Failed, Message: f.Message, Advice: f.Advice}
}

func stages(d selftest.TestDetails) []selftest.Stage {
	stage := func(name string, s selftest.StageJSON) selftest.Stage {
		return selftest.Stage{Name: name, Success: s.Success, Skipped: s.Skipped, Message: s.Message, Advice: s.Advice}
	}
	return []selftest.Stage{
		stage(selftest.BindingCheck, d.BindingCheck), stage(selftest.WriteTest, d.WriteTest), stage(selftest.ReadTest, d.ReadTest),
		stage(selftest.ListTest, d.ListTest), stage(selftest.DeleteTest, d.DeleteTest), stage(selftest.CleanupVerify, d.CleanupVerify),
	}
}
