package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bindery-dev/bindery/internal/api/apitest"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimData); dir != "" {
		beVictim(dir)
	}
	if os.Getenv(brokenDisk) != "" {
		os.Exit(m.Run()) // what waits for a broken disk is left until the process ends
	}
	goleak.VerifyTestMain(m)
}

// start opens a server and listens; it is closed when the test ends.
// All that it answers is held against the OpenAPI document.
func start(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	if o.Around == nil {
		o.Around = func(h http.Handler) http.Handler { return apitest.Check(h, t.Errorf) }
	}
	s, err := server.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	return s
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}

// fetch returns status and body of an answer, or the error of having none.
func fetch(t *testing.T, method, url, token, body string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

func TestWhatIsServed(t *testing.T) {
	s, err := server.Open(server.Options{Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.URL() != "" || s.BaseURL() != "" {
		t.Errorf("before Listen: URL %q, BaseURL %q; want none", s.URL(), s.BaseURL())
	}
	s.Handle("GET /api/v1/data/bindings", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "bindings")
	}))
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		method, path string
		status       int
		has          string
	}{
		{"GET", "/", 200, s.BaseURL()},
		{"GET", "/", 200, `"version":"1.2.3"`},
		{"GET", "/api/v1/data/bindings", 200, "bindings"},
		{"GET", "/openapi.json", 200, `"openapi": "3.1.0"`},
		{"GET", "/client/v4/user", 400, "9106"},
		{"GET", "/client/v4", 404, "/client/v4"},
		{"GET", "/favicon.ico", 404, "nothing is served"},
		{"GET", "//client/v4/user", 404, "nothing is served"},
		{"GET", "/bindery/v1/ping", 404, "nothing is served"}, // in memory there is nobody to operate
	} {
		status, body, err := fetch(t, row.method, s.URL()+row.path, "", "")
		if err != nil || status != row.status || !strings.Contains(body, row.has) {
			t.Errorf("%s %s: got %d %s, %v; want %d with %q", row.method, row.path, status, body, err, row.status, row.has)
		}
	}
}

// A mux would redirect these paths; a client that follows means something else then.
func TestPathsReachTheAPIAsTheyWereSent(t *testing.T) {
	s := start(t, server.Options{})
	ctx := t.Context()
	a, err := s.Platform().EnsureAccount(ctx, "test", "")
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Platform().CreateNamespace(ctx, a.ID, "", "t")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Platform().CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	namespace := "/client/v4/accounts/" + a.ID + "/storage/kv/namespaces/" + n.ID
	for path, want := range map[string]int{
		namespace + "/values/..":       400,
		namespace + "/values/.":        400,
		namespace + "/values/":         404,
		namespace + "/":                404,
		namespace + "/values//k":       404,
		namespace + "//":               404,
		namespace + "/values/a%2Fb":    200,
		"/client/v4/../client/v4":      404,
		namespace + "/values/%zz":      400,
		"/" + namespace + "/values/..": 404,
		"/" + namespace:                404,
		"/x/.." + namespace:            404,
		"/." + namespace:               404,
	} {
		// By hand, as Go's client would clean the path itself.
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "DELETE %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", path, token)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != want {
			t.Errorf("DELETE %s: got %s, want %d", path, res.Status, want)
		}
		res.Body.Close()
		conn.Close()
	}
	if _, err := s.Platform().NamespaceInfo(ctx, a.ID, n.ID); err != nil {
		t.Errorf("the namespace is gone: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	taken := start(t, server.Options{})
	port := strings.TrimPrefix(taken.URL(), "http://")
	for _, row := range []struct {
		listen string
		remote bool
		says   string // "" if it works
		hint   string
	}{
		{"127.0.0.1:0", false, "", ""},
		{"localhost:0", false, "", ""},
		{"[::1]:0", false, "", ""},
		{port, false, "the port is in use", "choose another port"},
		{"0.0.0.0:0", false, "not a loopback address", "--allow-remote"},
		{":0", false, "not a loopback address", "--allow-remote"},
		{"192.0.2.1:0", false, "not a loopback address", "--allow-remote"},
		{"example.com:0", false, "not a loopback address", "--allow-remote"},
		{"0.0.0.0:0", true, "", ""},
		{"192.0.2.1:0", true, "cannot assign requested address", "127.0.0.1 is always there"},
		{"8787", false, "missing port", "host:port"},
		{"127.0.0.1", false, "missing port", "host:port"},
		{"127.0.0.1:99999", false, "invalid port", "from 0 to 65535"},
	} {
		o := server.Options{Listen: row.listen, AllowRemote: row.remote}
		if row.remote {
			o.Data = t.TempDir()
		}
		s, err := server.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Listen()
		var address *server.AddressError
		switch {
		case row.says == "":
			if err != nil && strings.HasPrefix(row.listen, "[::1]") {
				t.Logf("no IPv6 here: %v", err)
				break
			}
			if err != nil {
				t.Errorf("%s: %v", row.listen, err)
			} else if status, _, err := fetch(t, "GET", s.URL(), "", ""); err != nil || status != 200 {
				t.Errorf("%s: GET %s: %d, %v", row.listen, s.URL(), status, err)
			}
		case !errors.As(err, &address) || !strings.Contains(err.Error(), row.says) || !strings.Contains(address.Hint(), row.hint):
			t.Errorf("%s: got %v, want an AddressError with %q and hint %q", row.listen, err, row.says, row.hint)
		case address.Mistake == (strings.Contains(row.says, "in use") || strings.Contains(row.says, "assign")):
			t.Errorf("%s: Mistake is %v", row.listen, address.Mistake)
		case !strings.Contains(err.Error(), row.listen):
			t.Errorf("%s: the error does not name the address: %v", row.listen, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", row.listen, err)
		}
	}
}

// Two ports of one server that are the same: no other process is to be looked for.
func TestOwnPorts(t *testing.T) {
	free := start(t, server.Options{})
	_, text, _ := net.SplitHostPort(strings.TrimPrefix(free.URL(), "http://"))
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	at := "127.0.0.1:" + text
	for _, row := range []struct {
		listen string
		ports  []server.WorkerPort
		says   string
	}{
		{at, []server.WorkerPort{{Port: port}}, "listen on " + at + ": the port is that of --listen"},
		{"127.0.0.1:0", []server.WorkerPort{{Port: port}, {}, {Worker: "api.test", Port: port}}, "listen on " + at + ": the port is that of another --worker-port"},
		{at, []server.WorkerPort{{}, {}}, ""},
	} {
		err := server.TryListen(server.Options{Listen: row.listen, WorkerPorts: row.ports})
		var address *server.AddressError
		switch {
		case row.says == "" && err != nil:
			t.Errorf("%s and %v: %v", row.listen, row.ports, err)
		case row.says != "" && (!errors.As(err, &address) || err.Error() != row.says || !address.Mistake):
			t.Errorf("%s and %v: got %v, want a mistake: %s", row.listen, row.ports, err, row.says)
		}
	}
}

func TestDataFolderInUse(t *testing.T) {
	dir := t.TempDir()
	start(t, server.Options{Data: dir})
	_, err := server.Open(server.Options{Data: dir})
	var held *server.InUseError
	if !errors.As(err, &held) || !strings.Contains(err.Error(), dir) || held.Hint() == "" {
		t.Errorf("got %v, want an InUseError that names the folder, with a hint", err)
	}
}

func TestDataFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Open(server.Options{Data: file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that names %s", err, file)
	}
}

func TestStopLetsRequestsFinish(t *testing.T) {
	s, err := server.Open(server.Options{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Handle("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
		// The store is still open.
		_, err := s.Platform().EnsureAccount(r.Context(), "made while draining", "")
		fmt.Fprint(w, err == nil)
	}))
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- s.Wait(ctx) }()
	answered := make(chan string)
	go func() {
		_, body, err := fetch(t, "GET", s.URL()+"/slow", "", "")
		answered <- fmt.Sprint(body, err)
	}()
	<-entered
	stop()
	for { // until the listener is closed
		if _, _, err := fetch(t, "GET", s.URL()+"/", "", ""); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-stopped:
		t.Errorf("Wait returned %v with a request under way", err)
	default:
	}
	close(leave)
	if got := <-answered; got != "true<nil>" {
		t.Errorf("the request under way got %q, want its answer", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Wait: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close after Wait: %v", err)
	}
}

func TestCloseWithoutListen(t *testing.T) {
	s, err := server.Open(server.Options{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}
