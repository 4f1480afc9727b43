package server_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/server"
)

func TestHealth(t *testing.T) {
	n := newTenant(t, server.Options{Data: t.TempDir(), Version: "1.2.3"})
	for _, path := range []string{"/healthz", "/readyz"} {
		status, body, err := fetch(t, "GET", n.URL()+path, "", "")
		if want := `{"status":"ok","store":"ok","version":"1.2.3"}` + "\n"; err != nil || status != 200 || body != want {
			t.Errorf("%s: got %d %s, %v; want 200 %s", path, status, body, err, want)
		}
	}
}

// While a server drains, those that still reach it are told to go elsewhere, though it is in good health.
func TestReadinessEndsWhenDrainingBegins(t *testing.T) {
	s, err := server.Open(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Handle("GET /slow", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(entered); <-leave }))
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	_, host, _ := strings.Cut(s.URL(), "://")
	open := func() (net.Conn, *bufio.Reader) { // a connection whose request has not quite arrived
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn, bufio.NewReader(conn)
	}
	late := map[string]int{"/readyz": 503, "/healthz": 200}
	type pending struct {
		net.Conn
		*bufio.Reader
	}
	waiting := map[string]pending{}
	for path := range late {
		conn, r := open()
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n", path)
		waiting[path] = pending{conn, r}
	}
	slow, _ := open()
	fmt.Fprint(slow, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered

	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- s.Wait(ctx) }()
	stop()
	for refused := false; !refused; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", host)
		if refused = err != nil; !refused {
			conn.Close()
		}
	}
	for path, want := range late {
		fmt.Fprint(waiting[path].Conn, "\r\n")
		answer, err := http.ReadResponse(waiting[path].Reader, nil)
		if err != nil {
			t.Errorf("%s while draining: %v", path, err)
		} else if answer.StatusCode != want {
			t.Errorf("%s while draining: got %s, want %d", path, answer.Status, want)
		}
	}
	close(leave)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// Requests that do not end are cut off when the time for draining is over.
func TestDrainingEnds(t *testing.T) {
	s, err := server.Open(server.Options{Limits: server.Limits{Drain: 100 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	entered := make(chan struct{})
	s.Handle("GET /endless", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { close(entered); <-r.Context().Done() }))
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() { <-entered; stop() }()
	go client.Get(s.URL() + "/endless")
	began := time.Now()
	if err := s.Wait(ctx); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("Wait: %v after %v; want an end after some 100 ms", err, time.Since(began))
	}
}

// What is counted is what was asked for, and nothing in it is what a client chose.
func TestMetrics(t *testing.T) {
	n := newTenant(t, server.Options{Data: t.TempDir(), Version: "1.2.3"})
	at := n.URL() + n.namespace
	for range 3 {
		fetch(t, "PUT", at+"/values/secret-key", n.token, "secret-value")
	}
	fetch(t, "GET", at+"/values/secret-key", n.token, "")
	fetch(t, "GET", at+"/values/missing", n.token, "")
	fetch(t, "GET", n.URL()+"/secret-path", n.token, "")
	_, text, err := fetch(t, "GET", n.URL()+"/metrics", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`bindery_requests_total{operation="value_put",status="2xx"} 3`,
		`bindery_requests_total{operation="value_get",status="2xx"} 1`,
		`bindery_requests_total{operation="value_get",status="4xx"} 1`,
		`bindery_requests_total{operation="value_put",status="5xx"} 0`,
		`bindery_requests_total{operation="other",status="4xx"} 1`,
		`bindery_request_duration_seconds_count{operation="value_put"} 3`,
		`bindery_received_bytes_total{operation="value_put"} 36`,
		`bindery_requests_in_flight 1`,
		`bindery_accounts 1`, `bindery_namespaces 1`, `bindery_tokens 1`, `bindery_ready 1`,
		`bindery_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("want %q, got\n%s", line, regexp.MustCompile(`(?m)^`+name+`.*$`).FindAllString(text, -1))
		}
	}
	if strings.Contains(text, "bulk_get") {
		t.Error("/metrics has series of an operation that nobody asked for")
	}
	for _, secret := range []string{"secret-key", "secret-value", n.token, tenantAccount, tenantNamespace} {
		if strings.Contains(text, secret) {
			t.Errorf("/metrics has %q", secret)
		}
	}
}

// docs/operations.md lists every series of ours, and no other, and every operation.
func TestMetricsAreDocumented(t *testing.T) {
	n := newTenant(t, server.Options{Data: t.TempDir()})
	fetch(t, "GET", n.URL(), "", "")
	_, text, err := fetch(t, "GET", n.URL()+"/metrics", "", "")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, operation := range append(api.Operations(), "other") {
		if !strings.Contains(string(page), "`"+operation+"`") {
			t.Errorf("docs/operations.md does not name the operation %s", operation)
		}
	}
	names := func(form string, in string) (all []string) {
		for _, m := range regexp.MustCompile(form).FindAllStringSubmatch(in, -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	served, documented := names(`(?m)^# TYPE (bindery_\w+)`, text), names("`(bindery_\\w+)[`{]", string(page))
	if len(served) < 10 || !slices.Equal(served, documented) {
		t.Errorf("/metrics has\n%q\ndocs/operations.md has\n%q", served, documented)
	}
}
