package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/workers"
)

// prisoner is a Worker that tries to get out. It answers what came of each attempt: what it threw, or what it got.
const prisoner = `
import { connect } from "cloudflare:sockets";
import fs from "node:fs";
import net from "node:net";
import http from "node:http";

const tcp = async (address) => {
  const socket = connect(address), writer = socket.writable.getWriter();
  await socket.opened;
  await writer.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  const { value } = await socket.readable.getReader().read();
  return new TextDecoder().decode(value);
};
const byNode = (host, port) => new Promise((resolve, reject) => {
  const socket = net.connect(port, host);
  socket.on("connect", () => socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).on("data", resolve).on("error", reject).on("close", () => reject(new Error("closed")));
});
const byNodeHTTP = (url) => new Promise((resolve, reject) => { http.get(url, (r) => resolve(r.statusCode)).on("error", reject); });

export default {
  async fetch(request, env) {
    const { hosts, port, sockets, files, forged } = await request.json(), got = {};
    const attempts = [];
    const attempt = (name, f) => attempts.push((async () => {
      const late = new Promise((_, reject) => setTimeout(() => reject(new Error("nothing came of it")), 1000));
      try { got[name] = "GOT " + (await Promise.race([f(), late])) } catch (e) { got[name] = String(e?.message ?? e) }
    })());
    for (const host of hosts) {
      attempt("fetch " + host, async () => (await fetch("http://" + host + ":" + port + "/")).status);
      attempt("fetch with TLS " + host, async () => (await fetch("https://" + host + ":" + port + "/")).status);
      attempt("fetch with a forged host " + host, async () => (await fetch("http://" + host + ":" + port + "/", { headers: { Host: "example.com", "Bindery-Grant": "guess" } })).status);
      attempt("WebSocket " + host, async () => (await fetch("http://" + host + ":" + port + "/", { headers: { Upgrade: "websocket" } })).status);
      attempt("connect " + host, () => tcp({ hostname: host.replace(/[[\]]/g, ""), port }));
      attempt("connect, as text " + host, () => tcp(host + ":" + port));
      attempt("node:net " + host, () => byNode(host.replace(/[[\]]/g, ""), port));
      attempt("node:http " + host, () => byNodeHTTP("http://" + host + ":" + port + "/"));
    }
    for (const path of sockets) {
      attempt("connect unix " + path, () => tcp("unix:" + path));
      attempt("connect unix, with a port " + path, () => tcp("unix:" + path + ":80"));
      attempt("connect unix, as host " + path, () => tcp({ hostname: "unix:" + path, port: 80 }));
      attempt("fetch unix " + path, async () => (await fetch("http://unix:" + path + "/")).status);
      attempt("fetch unix, encoded " + path, async () => (await fetch("http://unix:" + encodeURIComponent(path) + "/")).status);
      attempt("fetch http+unix " + path, async () => (await fetch("http+unix://" + encodeURIComponent(path) + "/")).status);
      attempt("node:net unix " + path, () => new Promise((resolve, reject) => net.connect({ path }).on("connect", resolve).on("error", reject)));
      attempt("node:http unix " + path, () => new Promise((resolve, reject) => http.get({ socketPath: path, path: "/" }, (r) => resolve(r.statusCode)).on("error", reject)));
    }
    for (const path of files) {
      attempt("read " + path, () => fs.readFileSync(path, "utf8"));
      attempt("list " + path, () => fs.readdirSync(path).join());
      attempt("link to " + path, () => { const link = "/tmp/" + crypto.randomUUID(); fs.symlinkSync(path, link); return fs.readFileSync(link, "utf8") });
      attempt("fetch file " + path, async () => (await fetch("file://" + path)).text());
      attempt("import " + path, async () => Object.keys(await import(path)));
      attempt("import file " + path, async () => Object.keys(await import("file://" + path)));
    }
    attempt("write", () => { fs.writeFileSync(forged, "forged"); return "" });
    for (const name of ["cloudflare-internal:d1-api", "node-internal:internal_fs", "workerd:unsafe", "bindery:not-served", "bindery-exports.js"]) {
      attempt("import " + name, async () => Object.keys(await import(name)));
    }
    attempt("child process", async () => (await import("node:child_process")).execSync("id"));
    attempt("environment", () => { if (process.env.BINDERY_CANARY) return process.env.BINDERY_CANARY; throw new Error("nothing in it") });
    attempt("process.binding", () => Object.keys(process.binding("fs")));
    await Promise.all(attempts);
    return Response.json(got);
  },
};
`

// A Worker reaches nothing of the machine: no port of the loopback, the API's least of all, no socket, no file, no process;
// with the internet open to it and without.
func TestWorkerCannotGetOut(t *testing.T) {
	t.Setenv("BINDERY_CANARY", "seen")
	binary, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	for name, noEgress := range map[string]bool{"with the internet": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			var reached atomic.Int64
			canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
			defer canary.Close()
			data := t.TempDir()
			s, err := server.Open(server.Options{Data: data, Workerd: binary, NoEgress: noEgress})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := s.Listen(); err != nil {
				t.Fatal(err)
			}
			account, err := s.Platform().EnsureAccount(t.Context(), "mine", "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Workers().Upload(t.Context(), account.ID, "prisoner", workers.Upload{
				Deploy: true, CompatibilityDate: "2026-04-01", CompatibilityFlags: []string{"nodejs_compat"},
				Modules: []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(prisoner)}},
			})
			if err != nil {
				t.Fatal(err)
			}
			secret := filepath.Join(data, "secret")
			if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
				t.Fatal(err)
			}
			forged := filepath.Join(data, "forged")
			for _, port := range []string{port(t, canary.URL), port(t, s.URL())} {
				ask, err := json.Marshal(map[string]any{
					"hosts": []string{"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.1", "2130706433", "0x7f.1", "127.0.0.1."},
					"port":  json.Number(port), "sockets": []string{filepath.Join(data, "workers", "run", "binding.sock"), "../binding.sock", "binding.sock"},
					"files": []string{secret, data, "/etc/passwd", "/proc/self/environ", "../../secret"}, "forged": forged,
				})
				if err != nil {
					t.Fatal(err)
				}
				r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL(), bytes.NewReader(ask))
				if err != nil {
					t.Fatal(err)
				}
				r.Host = "prisoner.mine.localhost"
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				var got map[string]string
				err = json.NewDecoder(answer.Body).Decode(&got)
				if _ = answer.Body.Close(); err != nil || len(got) < 100 {
					t.Fatalf("the Worker answered %s with %d attempts, %v", answer.Status, len(got), err)
				}
				for attempt, outcome := range got {
					if strings.HasPrefix(outcome, "GOT ") && attempt != "write" { // into a file system of its own
						t.Errorf("%s: %s", attempt, outcome)
					}
				}
			}
			if n := reached.Load(); n > 0 {
				t.Errorf("%d requests reached a server on the loopback", n)
			}
			if _, err := os.Stat(forged); err == nil {
				t.Error("it wrote a file")
			}
		})
	}
}

// port is that of a URL.
func port(t *testing.T, url string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// What an account does not have no Worker of it can be bound to, whatever the upload says; and what makes workerd give Workers more
// than Cloudflare's do is no compatibility flag that an upload may name.
func TestUploadCannotForge(t *testing.T) {
	binary, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	s, err := server.Open(server.Options{Workerd: binary, NoEgress: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mine, err := s.Platform().EnsureAccount(t.Context(), "mine", "")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := s.Platform().EnsureAccount(t.Context(), "theirs", "")
	if err != nil {
		t.Fatal(err)
	}
	const namespace, database = "0123456789abcdef0123456789abcdef", "0f5c6b1e-2a3d-4c4b-8e9f-112233445566"
	if _, err := s.Platform().CreateNamespace(t.Context(), theirs.ID, namespace, "theirs"); err != nil {
		t.Fatal(err)
	}
	for _, h := range []server.Holding{{Kind: server.Bucket, Name: "bucket"}, {Kind: server.Database, ID: database, Name: "db"}, {Kind: server.Queue, Name: "queue"}, {Kind: server.Worker, Name: "api"}} {
		if err := s.Provide(t.Context(), theirs.ID, h); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, bound, flag string }{
		{"KV namespace", `{"type":"kv_namespace","namespace_id":"` + namespace + `"}`, ""},
		{"KV namespace, with its account", `{"type":"kv_namespace","namespace_id":"` + theirs.ID + `/` + namespace + `"}`, ""},
		{"R2 bucket", `{"type":"r2_bucket","bucket_name":"bucket"}`, ""},
		{"R2 bucket, with its account", `{"type":"r2_bucket","bucket_name":"../` + theirs.ID + `/bucket"}`, ""},
		{"D1 database", `{"type":"d1","id":"` + database + `"}`, ""},
		{"queue", `{"type":"queue","queue_name":"queue"}`, ""},
		{"Worker", `{"type":"service","service":"api"}`, ""},
		{"Worker, by its service", `{"type":"service","service":"event router"}`, ""},
		{"Durable Objects", `{"type":"durable_object_namespace","class_name":"A","script_name":"api"}`, ""},
		{"experimental", "", "experimental"},
		{"unsafe module", "", "unsafe_module"},
		{"no such flag", "", "no_such_flag"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := workers.Upload{
				Deploy: true, CompatibilityDate: "2026-04-01",
				Modules: []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(`export default { fetch() {} }`)}},
			}
			if c.flag != "" {
				u.CompatibilityFlags = []string{c.flag}
			} else if err := json.Unmarshal([]byte(`[`+strings.Replace(c.bound, "{", `{"name":"X",`, 1)+`]`), &u.Bindings); err != nil {
				t.Fatal(err)
			}
			if v, err := s.Workers().Upload(t.Context(), mine.ID, "forger", u); err == nil {
				t.Errorf("it was taken, as version %s", v.ID)
			} else {
				t.Log(err)
			}
		})
	}
}

// Whatever a request to a Worker's port or host looks like, it is the Worker's, one for one: neither the API nor another Worker
// answers it, and nothing of its body becomes a request.
func TestRequestsCannotBeSmuggled(t *testing.T) {
	binary, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	s, err := server.Open(server.Options{Workerd: binary, NoEgress: true, WorkerPorts: []server.WorkerPort{{}, {Worker: "echo.mine"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mine", "theirs"} {
		account, err := s.Platform().EnsureAccount(t.Context(), name, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Workers().Upload(t.Context(), account.ID, "echo", workers.Upload{
			Deploy: true, CompatibilityDate: "2026-04-01",
			Modules: []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(fmt.Sprintf(
				`let n = 0; export default { async fetch(r) { n++; const body = await r.text(); return new Response(%q + " " + n + " " + r.method + " " + new URL(r.url).pathname) } }`, name))}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	host, any, one := "Host: echo.mine.localhost", s.WorkerURLs()[0], s.WorkerURLs()[1]
	authorized := "Authorization: Bearer " + token
	hidden := "GET /client/v4/user/tokens/verify HTTP/1.1\r\nHost: 127.0.0.1\r\n" + authorized + "\r\n\r\n"
	for _, c := range []struct {
		name, url string
		lines     []string
		body      string
		want      []string // the answer has one of them
	}{
		{"path of the API", any, []string{"GET /client/v4/user/tokens/verify HTTP/1.1", host, authorized}, "", []string{"mine "}},
		{"path of the API, on the server's own port", s.URL(), []string{"GET /client/v4/user/tokens/verify HTTP/1.1", host, authorized}, "", []string{"mine "}},
		{"path of the API, climbing", any, []string{"GET /../client/v4/user/tokens/verify HTTP/1.1", host, authorized}, "", []string{"mine "}},
		{"host of the API", any, []string{"GET /client/v4/user/tokens/verify HTTP/1.1", "Host: 127.0.0.1", authorized}, "", []string{" 404 "}},
		{"absolute URL of the API", any, []string{"GET " + s.URL() + "/client/v4/user/tokens/verify HTTP/1.1", host, authorized}, "", []string{" 404 "}},
		{"absolute URL of the API, one Worker", one, []string{"GET " + s.URL() + "/client/v4/user/tokens/verify HTTP/1.1", host, authorized}, "", []string{"mine "}},
		{"host of another Worker, one Worker", one, []string{"GET / HTTP/1.1", "Host: echo.theirs.localhost"}, "", []string{"mine "}},
		{"two hosts", any, []string{"GET / HTTP/1.1", host, "Host: echo.theirs.localhost"}, "", []string{" 400 "}},
		{"two hosts in one", any, []string{"GET / HTTP/1.1", host + ", echo.theirs.localhost"}, "", []string{" 400 ", " 404 "}},
		{"forwarded host", any, []string{"GET / HTTP/1.1", host, "X-Forwarded-Host: echo.theirs.localhost", "Forwarded: host=echo.theirs.localhost"}, "", []string{"mine "}},
		{"CONNECT", any, []string{"CONNECT " + strings.TrimPrefix(s.URL(), "http://") + " HTTP/1.1", host}, "", []string{" 400 ", " 404 ", " 405 ", " 501 ", " 503 "}},
		{"chunked and a length", any, []string{"POST / HTTP/1.1", host, "Content-Length: 4", "Transfer-Encoding: chunked"}, "0\r\n\r\n", []string{"mine ", " 400 "}},
		{"two lengths", any, []string{"POST / HTTP/1.1", host, "Content-Length: 0", fmt.Sprintf("Content-Length: %d", len(hidden))}, hidden, []string{" 400 "}},
		{"unknown coding", any, []string{"POST / HTTP/1.1", host, "Transfer-Encoding: xchunked"}, "0\r\n\r\n", []string{" 501 ", " 400 "}},
		{"coding with a blank", any, []string{"POST / HTTP/1.1", host, "Transfer-Encoding : chunked"}, "0\r\n\r\n", []string{" 400 "}},
		{"request in a body", any, []string{"POST / HTTP/1.1", host, fmt.Sprintf("Content-Length: %d", len(hidden))}, hidden, []string{"mine "}},
		{"request in a chunk", any, []string{"POST / HTTP/1.1", host, "Transfer-Encoding: chunked"}, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden), []string{"mine "}},
		{"request in an upgrade", any, []string{"GET / HTTP/1.1", host, "Connection: Upgrade", "Upgrade: h2c", fmt.Sprintf("Content-Length: %d", len(hidden))}, hidden, []string{"mine "}},
		{"headers of the runtime", any, []string{"GET / HTTP/1.1", host, "Bindery-Grant: x", "Bindery-Cf: {}", "Bindery-Proto: https"}, "", []string{"mine "}},
		{"line break in a path", any, []string{"GET /%0d%0aHost:%20echo.theirs.localhost HTTP/1.1", host}, "", []string{"mine "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, strings.Join(append(c.lines, "Connection: close"), "\r\n")+"\r\n\r\n"+c.body); err != nil {
				t.Fatal(err)
			}
			raw, _ := io.ReadAll(bufio.NewReader(conn)) // a refused connection may be reset
			text := string(raw)
			if strings.Count(text, "HTTP/1.1 ") != 1 || strings.Contains(text, "theirs ") || strings.Contains(text, `"success":true`) {
				t.Errorf("got %q", text)
			}
			for _, want := range c.want {
				if strings.Contains(text, want) {
					return
				}
			}
			t.Errorf("got %q, want one of %q", text, c.want)
		})
	}
}
