package lsp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bindery-dev/bindery/internal/check"
)

// heldJudge holds each judgement back until it is let go or cancelled.
type heldJudge struct {
	begun chan struct{} // takes one of each judgement that begins
	let   chan struct{}
}

func (h *heldJudge) judge(ctx context.Context, folders []string, open map[string][]byte, changed []string) ([]check.Diagnostic, error) {
	h.begun <- struct{}{}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-h.let:
		return judgeFolders(ctx, folders, open, changed)
	}
}

func held() (*Server, *heldJudge) {
	s, h := newServer(), &heldJudge{begun: make(chan struct{}, 1000), let: make(chan struct{})}
	s.Judge = h.judge
	return s, h
}

func (c *client) hoverAt(uri string, at position) any {
	c.t.Helper()
	return c.request("textDocument/hover", map[string]any{"textDocument": map[string]any{"uri": uri}, "position": at})["result"]
}

// While a long judgement is under way a hover is answered from the one before, and code actions, whose edits have to
// fit, once the text is judged that the editor shows.
func TestAnswersWhileJudging(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", placeholder)
	s, h := held()
	c := start(t, s)
	c.initialize(dir)
	uri := c.open(path, placeholder)
	if got := c.hoverAt(uri, position{6, 8}); got != nil {
		t.Errorf("before anything is judged the hover shows %v", got)
	}
	h.let <- struct{}{}
	if got := brief(c.diagnostics(uri)); len(got) != 1 {
		t.Fatalf("opened: %q, want one finding", got)
	}

	<-h.begun
	c.change(uri, 2, "# one line more\n"+placeholder)
	<-h.begun // the judgement of it, which nobody lets go yet
	if got := c.hoverAt(uri, position{6, 8}); got == nil {
		t.Error("while a change is judged there is no hover from the state before")
	}
	c.id++
	asked := c.id
	c.send(map[string]any{"id": asked, "method": methodCodeAction, "params": map[string]any{
		"textDocument": map[string]any{"uri": uri}, "range": textRange{position{7, 7}, position{7, 7}}, "context": map[string]any{},
	}})
	if got := c.hoverAt(uri, position{6, 8}); got == nil {
		t.Error("a request for code actions holds up the hover")
	}
	h.let <- struct{}{}
	answer := c.await("code actions", func(m map[string]any) bool { return m["id"] == float64(asked) })
	if got := as[[]codeAction](t, answer["result"]); len(got) == 0 || got[0].Edit.Changes[uri][0].Range.Start.Line != 7 {
		t.Errorf("code actions %+v, want edits of line 7", got)
	}
}

// A request that waits for a judgement can be given up, and is when the server shuts down.
func TestCancelledRequest(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", placeholder)
	s, h := held()
	c := start(t, s)
	c.initialize(dir)
	uri := c.open(path, placeholder)
	<-h.begun
	c.send(map[string]any{"id": 900, "method": methodCodeAction, "params": map[string]any{"textDocument": map[string]any{"uri": uri}}})
	c.notify("$/cancelRequest", map[string]any{"id": 900})
	cancelled := func(id float64) {
		t.Helper()
		answer := c.await("a cancelled request", func(m map[string]any) bool { return m["id"] == id })
		if e, _ := answer["error"].(map[string]any); e["code"] != float64(codeRequestCancelled) {
			t.Errorf("request %v is answered %v, want that it was cancelled", id, answer)
		}
	}
	cancelled(900)
	c.send(map[string]any{"id": 901, "method": methodCodeAction, "params": map[string]any{"textDocument": map[string]any{"uri": uri}}})
	c.send(map[string]any{"id": 902, "method": "shutdown"})
	cancelled(901)
}

// Of many quick changes to many folders nothing stale is left on the screen, whatever was cancelled on the way: what is shown
// last is what the last text has, in its version.
func TestQuickChangesInManyFolders(t *testing.T) {
	const folders, changes = 30, 20
	dir := t.TempDir()
	var uris []string
	s := newServer()
	var running, most atomic.Int32
	s.Judge = func(ctx context.Context, folders []string, open map[string][]byte, changed []string) ([]check.Diagnostic, error) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		return judgeFolders(ctx, folders, open, changed)
	}
	c := start(t, s)
	c.initialize(dir)
	text := func(i, n int) string { // has one finding if n+i is odd
		t := placeholder
		if (n+i)%2 == 0 {
			t = filledIn
		}
		return strings.Replace(strings.Replace(t, `"api"`, fmt.Sprintf(`"api-%d"`, i), 1), goodID, fmt.Sprintf("%02d%s", i, goodID[2:]), 1)
	}
	for i := range folders {
		text := text(i, 1)
		uris = append(uris, c.open(write(t, dir, fmt.Sprintf("api-%d/wrangler.toml", i), text), text))
	}
	for n := range changes {
		for i, uri := range uris {
			c.change(uri, n+2, text(i, n))
		}
		if n%5 == 0 {
			time.Sleep(5 * time.Millisecond) // a judgement begins
		}
	}
	shown := map[string]publishDiagnosticsParams{}
	for final := 0; final < folders; {
		m := c.await("the last findings", func(m map[string]any) bool { return m["method"] == "textDocument/publishDiagnostics" })
		p := as[publishDiagnosticsParams](t, m["params"])
		if before := shown[p.URI].Version; before != nil && p.Version != nil && *p.Version < *before {
			t.Errorf("%s: version %d is published after version %d", p.URI, *p.Version, *before)
		}
		shown[p.URI] = p
		if p.Version != nil && *p.Version == changes+1 {
			final++
		}
	}
	for i, uri := range uris {
		want := (changes - 1 + i) % 2
		if p := shown[uri]; *p.Version != changes+1 || len(p.Diagnostics) != want {
			t.Errorf("%s: version %d with %q, want version %d with %d findings", uri, *p.Version, brief(p), changes+1, want)
		}
	}
	if most.Load() > 1 {
		t.Errorf("%d judgements at once, want one", most.Load())
	}
}

// The server ends at once while a judgement is under way, and leaves none behind.
func TestEndsWhileJudging(t *testing.T) {
	for name, leave := range map[string]func(c *client){
		"exit":               func(c *client) { c.request("shutdown", nil); c.notify("exit", nil) },
		"the editor is gone": func(c *client) { c.in.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			dir := t.TempDir()
			write(t, dir, "wrangler.toml", placeholder)
			s, h := held()
			c := start(t, s)
			c.initialize(dir)
			<-h.begun
			leave(c)
			if err := c.end(); err != nil && !errors.Is(err, ErrNoShutdown) {
				t.Errorf("Run = %v", err)
			}
			c.in.Close()
		})
	}
}

// A change on the disk while a judgement is under way is in the next.
func TestChangeOnDiskWhileJudging(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", placeholder)
	s, h := held()
	c := start(t, s)
	c.initialize(dir)
	<-h.begun
	if err := os.WriteFile(path, []byte(filledIn), 0o666); err != nil {
		t.Fatal(err)
	}
	write(t, dir, filepath.Join("other", "wrangler.toml"), placeholder)
	c.notify("workspace/didChangeWatchedFiles", map[string]any{})
	<-h.begun
	h.let <- struct{}{}
	if got := brief(c.diagnostics(fileURI(filepath.Join(dir, "other", "wrangler.toml")))); len(got) != 1 {
		t.Errorf("the new file: %q, want one finding", got)
	}
}

// A judgement is told which files changed since the last one of use: those of an overtaken one again, those it has seen no more.
func TestJudgeIsToldWhatChanged(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	pathA, pathB := write(t, a, "wrangler.toml", placeholder), write(t, b, "wrangler.toml", placeholder)
	s, h := held()
	told := make(chan []string, 100)
	s.Judge = func(ctx context.Context, folders []string, open map[string][]byte, changed []string) ([]check.Diagnostic, error) {
		told <- changed
		return h.judge(ctx, folders, open, changed)
	}
	c := start(t, s)
	c.initialize(a, b)
	uri := c.open(pathA, placeholder)
	<-h.begun
	c.open(pathB, placeholder) // overtakes
	both := []string{pathA, pathB}
	slices.Sort(both)
	for got := range told { // the judgements before are overtaken
		if slices.Equal(got, both) {
			break
		}
	}
	h.let <- struct{}{}
	c.diagnostics(uri)
	for _, step := range []struct {
		what string
		do   func()
		path string
	}{
		{"typed", func() { c.change(uri, 2, placeholder+"# more\n") }, pathA},
		{"saved", func() { c.notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": uri}}) }, pathA},
		{"deleted", func() {
			c.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{map[string]any{"uri": fileURI(pathB), "type": 3}}})
		}, pathB},
		{"closed", func() { c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri}}) }, pathA},
	} {
		step.do()
		if got := <-told; !slices.Equal(got, []string{step.path}) {
			t.Errorf("%s: told that %q changed, want %q", step.what, got, step.path)
		}
		h.let <- struct{}{}
		c.diagnostics(uri)
	}
}
