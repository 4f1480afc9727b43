package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// tenant is a server with one account, one namespace and a token that may edit them.
type tenant struct {
	*server.Server
	host      string // host:port
	namespace string // path
	token     string
}

const (
	tenantAccount   = "0123456789abcdef0123456789abcdef"
	tenantNamespace = "fedcba9876543210fedcba9876543210"
)

func newTenant(t *testing.T, o server.Options) *tenant {
	t.Helper()
	return tenantOf(t, start(t, o))
}

// tenantOf is newTenant on a server that listens.
func tenantOf(t *testing.T, s *server.Server) *tenant {
	t.Helper()
	ctx := t.Context()
	if _, err := s.Platform().EnsureAccount(ctx, "test", tenantAccount); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Platform().CreateNamespace(ctx, tenantAccount, tenantNamespace, "t"); err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Platform().CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	_, host, _ := strings.Cut(s.URL(), "://")
	return &tenant{
		Server: s, host: host, token: token,
		namespace: "/client/v4/accounts/" + tenantAccount + "/storage/kv/namespaces/" + tenantNamespace,
	}
}

// begin connects and sends the header of a request.
func (n *tenant) begin(t *testing.T, method, path string, contentLength int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", n.host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n", method, path, n.token)
	if contentLength > 0 {
		fmt.Fprintf(conn, "Content-Length: %d\r\n", contentLength)
	}
	fmt.Fprint(conn, "\r\n")
	return conn
}

// ended waits until the server has closed conn, and says how long that took.
func ended(conn net.Conn) (time.Duration, error) {
	began := time.Now()
	_, err := io.Copy(io.Discard, conn)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		return 0, fmt.Errorf("the server kept the connection: %w", err)
	}
	return time.Since(began), nil
}

// Whoever stops sending is let go of, whatever it was in the middle of.
func TestClientsThatStandStillAreCutOff(t *testing.T) {
	t.Parallel()
	n := newTenant(t, server.Options{Limits: server.Limits{Header: 200 * time.Millisecond, Stall: 200 * time.Millisecond, Idle: 200 * time.Millisecond}})
	for name, send := range map[string]func() net.Conn{
		"connects only": func() net.Conn {
			conn, err := net.Dial("tcp", n.host)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			return conn
		},
		"half a header": func() net.Conn {
			conn := n.begin(t, "GET", "/", 0)
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHos")
			return conn
		},
		"half a body": func() net.Conn {
			conn := n.begin(t, "PUT", n.namespace+"/values/half", 100)
			fmt.Fprint(conn, "half")
			return conn
		},
		"a body that nobody reads": func() net.Conn {
			conn := n.begin(t, "PUT", "/nowhere", 100)
			fmt.Fprint(conn, "half")
			return conn
		},
		"one request": func() net.Conn { return n.begin(t, "GET", "/", 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if took, err := ended(send()); err != nil || took > 10*time.Second {
				t.Errorf("cut off after %v, %v; want well under 10 s", took, err)
			}
		})
	}
	t.Cleanup(func() {
		if status, _, _ := fetch(t, "GET", n.URL()+n.namespace+"/values/half", n.token, ""); status != 404 {
			t.Errorf("half a body was stored: got %d, want 404", status)
		}
	})
}

// A link that is slow but moves may take many times the limit, in both directions.
func TestSlowLinksGetThrough(t *testing.T) {
	t.Parallel()
	n := newTenant(t, server.Options{Limits: server.Limits{Stall: time.Second, MinRate: 1}})
	const pieces, pause = 24, 100 * time.Millisecond // together longer than Stall
	conn := n.begin(t, "PUT", n.namespace+"/values/slow", pieces)
	for range pieces {
		fmt.Fprint(conn, "x")
		time.Sleep(pause)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("put, a byte every %v: got %v, %v; want 200", pause, answer, err)
	}

	big := bytes.Repeat([]byte("x"), 20<<20)
	if status, body, err := fetch(t, "PUT", n.URL()+n.namespace+"/values/big", n.token, string(big)); status != 200 {
		t.Fatalf("put: %d %s, %v", status, body, err)
	}
	reader := bufio.NewReaderSize(n.begin(t, "GET", n.namespace+"/values/big", 0), 64<<10)
	if answer, err = http.ReadResponse(reader, nil); err != nil {
		t.Fatal(err)
	}
	got, began := 0, time.Now()
	for err == nil {
		var m int64
		m, err = io.CopyN(io.Discard, answer.Body, 1<<20)
		got += int(m)
		time.Sleep(pause)
	}
	if got != len(big) || err != io.EOF {
		t.Errorf("get, 1 MiB every %v: got %d bytes in %v, %v; want %d", pause, got, time.Since(began), err, len(big))
	}
}

// A drop now and then keeps a connection for no longer than nothing at all.
func TestDrippingIsNotMoving(t *testing.T) {
	t.Parallel()
	n := newTenant(t, server.Options{Limits: server.Limits{Stall: 300 * time.Millisecond, MinRate: 1 << 20}})
	conn := n.begin(t, "PUT", n.namespace+"/values/drip", 1<<20)
	began := time.Now()
	for time.Since(began) < 15*time.Second {
		if _, err := conn.Write([]byte("x")); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("15 s of a drop every 20 ms were borne; the limit is 300 ms, unless a MiB a second arrives")
}

// Who asks for a value and does not take it is let go of; the value was not sent whole.
func TestReadersThatStandStillAreCutOff(t *testing.T) {
	t.Parallel()
	n := newTenant(t, server.Options{Limits: server.Limits{Stall: 200 * time.Millisecond}})
	big := strings.Repeat("x", 25<<20)
	if status, body, err := fetch(t, "PUT", n.URL()+n.namespace+"/values/big", n.token, big); status != 200 {
		t.Fatalf("put: %d %s, %v", status, body, err)
	}
	conn := n.begin(t, "GET", n.namespace+"/values/big", 0)
	_ = conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	time.Sleep(1500 * time.Millisecond)
	got, _ := io.Copy(io.Discard, conn)
	if got >= 25<<20 {
		t.Errorf("got all %d bytes after standing still for 1.5 s; want the answer cut off", got)
	}
}

// Who asks again and again, and takes none of the answers, is let go of too.
func TestAnswersThatPileUpAreCutOff(t *testing.T) {
	t.Parallel()
	n := newTenant(t, server.Options{Limits: server.Limits{Stall: 200 * time.Millisecond}})
	if status, body, err := fetch(t, "PUT", n.URL()+n.namespace+"/values/k", n.token, strings.Repeat("x", 30<<10)); status != 200 {
		t.Fatalf("put: %d %s, %v", status, body, err)
	}
	conn := n.begin(t, "GET", n.namespace+"/values/k", 0)
	_ = conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	for began := time.Now(); time.Since(began) < 10*time.Second; {
		if _, err := fmt.Fprintf(conn, "GET %s/values/k HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", n.namespace, n.token); err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				break
			}
			return
		}
	}
	t.Error("the server bore it for 10 s and more; the limit is 200 ms")
}

func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	n := newTenant(t, server.Options{Limits: server.Limits{Connections: 1}})
	first := n.begin(t, "GET", "/", 0)
	if _, err := http.ReadResponse(bufio.NewReader(first), nil); err != nil {
		t.Fatal(err)
	}
	second := n.begin(t, "GET", "/", 0)
	_ = second.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if b := make([]byte, 1); !func() bool { m, _ := second.Read(b); return m == 0 }() {
		t.Error("a second connection was served beside the first; want it to wait")
	}
	first.Close()
	_ = second.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := http.ReadResponse(bufio.NewReader(second), nil); err != nil {
		t.Errorf("the second connection, once the first was closed: %v", err)
	}
}
