//go:build npm

package conformance

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/server"
)

// assetSites are the configurations under which every request of assetRequests is made.
var assetSites = []struct {
	name, date, assets string
	code               bool
}{
	{"files only", "2026-04-01", `{}`, false},
	{"files only, 404 page", "2026-04-01", `{"not_found_handling": "404-page"}`, false},
	{"slash forced, 404 page", "2026-04-01", `{"html_handling": "force-trailing-slash", "not_found_handling": "404-page"}`, true},
	{"slash dropped, one page", "2026-04-01", `{"html_handling": "drop-trailing-slash", "not_found_handling": "single-page-application"}`, true},
	{"one page, before navigation counted", "2025-03-31", `{"not_found_handling": "single-page-application"}`, true},
	{"own paths only", "2026-04-01", `{"html_handling": "none"}`, true},
	{"code first", "2026-04-01", `{"run_worker_first": true}`, true},
	{"code first for some", "2026-04-01", `{"run_worker_first": ["/api/*", "/docs*", "!/api/*.json", "!/docs/guide"], "not_found_handling": "404-page"}`, true},
}

// assetRequests are lines of a method, a path as it is sent, and headers.
var assetRequests = strings.Split(strings.TrimSpace(`
GET /
HEAD /
POST /
OPTIONS /about
DELETE /nowhere
GET /?a=b&c
GET /index
GET /index.html
GET /index/
GET /about
GET /about?x=%20y
GET /about/
GET /about.html
GET /about.html?x=1
GET /about/index
GET /about/index.html
POST /about.html
GET /docs
GET /docs/
GET /docs/index
GET /docs/index.html
GET /docs.html
GET /docs/guide
GET /docs/guide/
GET /docs/guide.html
GET /docs/nowhere
GET /docs/404
GET /both
GET /both/
GET /both.html
GET /both/index.html
GET /both/index
GET /exact
GET /exact.html
GET /exact/
GET /odd.html
GET /odd.html/
GET /odd
GET /deep/index
GET /deep/index/
GET /deep/
GET /deep
GET /named/index
GET /named/
GET /named
GET /404
GET /404.html
GET /nowhere
GET /nowhere/at/all
HEAD /nowhere
GET /nowhere Sec-Fetch-Mode: navigate
GET /docs/nowhere Sec-Fetch-Mode: navigate
POST /nowhere Sec-Fetch-Mode: navigate
GET /style.css
GET /style.css Range: bytes=0-3
GET /style.css Authorization: Basic eDp5
GET /app.js
HEAD /app.js
GET /data.unknown
GET /empty.txt
GET /.dot
GET /_redirects
GET /_headers
GET /sp%20ace
GET /sp%20ace.html
GET /at@home.txt
GET /at%40home.txt
GET /%C3%BCn%C3%AF/c%C3%B6d%C3%A9.txt
GET /%61bout
GET /%
GET /%ff
GET /a%2Fb
GET /docs%2Fguide
GET //about
GET /docs//guide
GET /docs/../about
GET /docs/%2e%2E/about
GET /docs/./guide
GET /docs/.
GET /docs/..
GET /about;x
GET /a'b"c
GET /a|b
GET /x\y
GET /old
GET /old?a=b
POST /old
GET /temporary
GET /see
GET /see?kept=1
GET /hash
GET /query?own=1
GET /elsewhere
GET /double
GET /away
GET /away?x
GET /show
HEAD /show
POST /show
GET /show-missing
GET /bad-status
GET /too
GET /only-one
GET /absolute
GET /proxy
GET /relative
GET /loop/x
GET /blog/2026/guide
GET /blog/2026/guide?x=1
GET /blog/2026
GET /splat/guide
GET /splat/a//b?x
GET /splat/
GET /two/a/b
GET /late
GET /users/ann/x/y
GET /no-headers
GET /api/static.json
GET /api/static
GET /api/other
GET /api/moved
GET /through/about
GET /through/nowhere
GET /through/docs
POST /through/about
GET /through/old
GET /through/style.css
`), "\n")

// assetDifferences are the requests that are answered otherwise than under wrangler dev, and why.
var assetDifferences = map[string]string{
	"GET /%": "Go's HTTP server refuses a path that cannot be decoded",
}

// TestAssets: what a Worker's static files answer is what they answer under wrangler dev, header by
// header.
func TestAssets(t *testing.T) {
	for _, site := range assetSites {
		t.Run(site.name, func(t *testing.T) {
			f := newHouse(t, server.Throttle{}, runsWorkers(t)).flat(t, "me")
			s := f.shell(t, older)
			writeSite(t, s.dir, site.date, site.assets, site.code)
			s.run(t, "deploy")
			theirs := startWranglerDev(t, older, func(dir string) { writeSite(t, dir, site.date, site.assets, site.code) })
			for _, line := range assetRequests {
				ours := answerTo(t, f.house.server.URL(), "site.me.localhost", line)
				want := answerTo(t, theirs, "", line)
				if reason, expected := assetDifferences[line]; expected {
					if ours == want {
						t.Errorf("%s: both answer\n%s\nwant a difference: %s", line, ours, reason)
					}
				} else if ours != want {
					t.Errorf("%s (- theirs, + ours):\n%s", line, diff.Diff(want, ours))
				}
			}
		})
	}
}

func writeSite(t *testing.T, dir, date, assets string, code bool) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/assets/site.txtar")
	if err != nil {
		t.Fatal(err)
	}
	main := ""
	if code {
		main = `"main": "worker.js", `
		assets = strings.Replace(assets, "{", `{"binding": "ASSETS", `, 1)
	}
	assets = strings.Replace(strings.Replace(assets, "{", `{"directory": "public", `, 1), ", }", "}", 1)
	archive.Files = append(archive.Files, txtar.File{Name: "wrangler.jsonc", Data: fmt.Appendf(nil,
		`{"name": "site", %s"compatibility_date": %q, "assets": %s}`, main, date, assets)})
	for _, file := range archive.Files {
		name := filepath.Join(dir, file.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, file.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// answerTo makes a request as it is written, and returns what of the answer has to be the same
// everywhere. What an ETag says is each server's own.
func answerTo(t *testing.T, base, host, line string) string {
	t.Helper()
	words := strings.SplitN(line, " ", 3)
	address := strings.TrimPrefix(base, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	header := ""
	if len(words) == 3 {
		header = words[2] + "\r\n"
	}
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n", words[0], words[1], cmp.Or(host, address), header)
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: words[0]})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, answer.StatusCode)
	for _, name := range []string{"Location", "Content-Type", "Cache-Control", "CF-Cache-Status", "X-All", "X-Docs", "X-About", "X-User", "X-Host", "X-Orphan", "X-Empty", "Set-Cookie"} {
		if values := answer.Header.Values(name); len(values) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(values, ", "))
		}
	}
	fmt.Fprintf(&b, "ETag: %v\n%s", answer.Header.Get("ETag") != "", body)
	return b.String()
}

// startWranglerDev starts wrangler dev in a folder that write fills, and returns where it answers.
func startWranglerDev(t *testing.T, r release, write func(dir string)) string {
	t.Helper()
	dir := t.TempDir()
	write(dir)
	dev := exec.Command(r.node(), r.program(t), "dev", "--local", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0", "--show-interactive-dev-session=false")
	dev.Dir = dir
	dev.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "CI=1", "NO_COLOR=1", "WRANGLER_LOG_PATH=" + dir,
		"WRANGLER_SEND_METRICS=false", "WRANGLER_SEND_ERROR_REPORTS=false", "npm_registry=http://127.0.0.1:9/", "NODE_COMPILE_CACHE=" + compileCache(),
	}
	return startPrinting(t, dev, localURL)
}

// runsWorkers lets a house run Workers. What they answer is nothing of the OpenAPI document.
func runsWorkers(t *testing.T) func(*server.Options) {
	t.Helper()
	binary, err := server.FindWorkerd(t.Context(), "", ".")
	if err != nil {
		t.Fatal(err)
	}
	return func(o *server.Options) { o.Workerd, o.NoEgress, o.Around = binary, true, nil }
}
