package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// client plays an editor, over pipes, with its own reading and writing of the wire format.
type client struct {
	t     *testing.T
	in    io.WriteCloser
	out   <-chan map[string]any
	ended <-chan error
	id    int
}

// deadline is how long an answer may take; far more than it does.
const deadline = 10 * time.Second

func start(t *testing.T, s *Server) *client {
	t.Helper()
	serverIn, in := io.Pipe()
	out, serverOut := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- s.Run(t.Context(), serverIn, serverOut)
		serverOut.Close()
	}()
	messages := make(chan map[string]any, 100)
	go func() {
		defer close(messages)
		r := textproto.NewReader(bufio.NewReader(out))
		for {
			header, err := r.ReadMIMEHeader()
			if err != nil {
				return
			}
			n, err := strconv.Atoi(header.Get("Content-Length"))
			if err != nil {
				panic(err)
			}
			body := make([]byte, n)
			if _, err := io.ReadFull(r.R, body); err != nil {
				return
			}
			var m map[string]any
			if err := json.Unmarshal(body, &m); err != nil {
				panic(err)
			}
			messages <- m
		}
	}()
	c := &client{t: t, in: in, out: messages, ended: ended}
	t.Cleanup(func() { in.Close(); serverIn.Close(); out.Close() })
	return c
}

func (c *client) send(m map[string]any) {
	c.t.Helper()
	m["jsonrpc"] = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func (c *client) raw(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, text); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	c.send(map[string]any{"method": method, "params": params})
}

// request sends one and returns its answer; notifications that come before it are passed over.
func (c *client) request(method string, params any) map[string]any {
	c.t.Helper()
	c.id++
	c.send(map[string]any{"id": c.id, "method": method, "params": params})
	return c.await(method, func(m map[string]any) bool { return m["id"] == float64(c.id) })
}

func (c *client) await(what string, is func(map[string]any) bool) map[string]any {
	c.t.Helper()
	for timeout := time.After(deadline); ; {
		select {
		case m, ok := <-c.out:
			if !ok {
				c.t.Fatalf("the server ended while %s was awaited", what)
			}
			if is(m) {
				return m
			}
		case <-timeout:
			c.t.Fatalf("no answer to %s", what)
		}
	}
}

// diagnostics awaits the next that are published for a file.
func (c *client) diagnostics(uri string) publishDiagnosticsParams {
	c.t.Helper()
	m := c.await("diagnostics of "+uri, func(m map[string]any) bool {
		params, _ := m["params"].(map[string]any)
		return m["method"] == "textDocument/publishDiagnostics" && params["uri"] == uri
	})
	return as[publishDiagnosticsParams](c.t, m["params"])
}

func (c *client) initialize(folders ...string) map[string]any {
	c.t.Helper()
	var list []any
	for _, f := range folders {
		list = append(list, map[string]any{"uri": fileURI(f), "name": filepath.Base(f)})
	}
	answer := c.request("initialize", map[string]any{"processId": nil, "workspaceFolders": list, "capabilities": map[string]any{}})
	c.notify("initialized", map[string]any{})
	return answer
}

func (c *client) open(path, text string) string {
	c.t.Helper()
	uri := fileURI(path)
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "toml", "version": 1, "text": text}})
	return uri
}

func (c *client) change(uri string, version int, text string) {
	c.t.Helper()
	c.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": uri, "version": version},
		"contentChanges": []any{map[string]any{"text": text}},
	})
}

// end is how Run ended.
func (c *client) end() error {
	c.t.Helper()
	select {
	case err := <-c.ended:
		return err
	case <-time.After(deadline):
		c.t.Fatal("the server did not end")
		return nil
	}
}

// as reads a part of an answer into a T.
func as[T any](t *testing.T, part any) T {
	t.Helper()
	text, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	var into T
	if err := json.Unmarshal(text, &into); err != nil {
		t.Fatalf("%s is no %T: %v", text, into, err)
	}
	return into
}

func fileURI(path string) string { return (&session{}).uriOf(path) }

// newServer judges with the real rules, and adds a fix of its own to what they find of an id.
func newServer() *Server {
	return &Server{
		Version:       "test",
		Rules:         rules.All(),
		RulePage:      func(rule string) string { return "https://rules.example/" + rule },
		Quiet:         time.Millisecond,
		Judge:         judgeFolders,
		Configuration: func(path string) bool { return strings.HasPrefix(filepath.Base(path), "wrangler.") },
	}
}

func judgeFolders(ctx context.Context, folders []string, open map[string][]byte, _ []string) ([]check.Diagnostic, error) {
	if len(folders) == 0 {
		return nil, nil
	}
	result, err := check.Check(ctx, folders, check.LoadOptions{Open: open}, check.Options{Rules: rules.All()})
	if err != nil {
		return nil, err
	}
	found := result.Diagnostics
	for i, d := range found {
		if d.Rule == "id-invalid" {
			found[i].Fixes = []check.Fix{{Title: "fill in an id", Safe: true, File: d.File, Edits: []syntax.Edit{{Span: d.Span, New: `"` + goodID + `"`}}}}
		}
	}
	return found, nil
}

const goodID = "8c4f2e7a91d3450bb6e0f1a2c3d4e5f6"

// write makes a file of a project and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}
