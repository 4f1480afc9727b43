package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// kvHouse is a server with one namespace, and a person who runs bindery beside it.
type kvHouse struct {
	t       *testing.T
	place   string
	store   kv.Namespace
	env     map[string]string
	refused atomic.Bool // deletes are
	deletes atomic.Int64
}

func newKVHouse(t *testing.T) *kvHouse {
	t.Helper()
	t.Chdir(t.TempDir())
	h := &kvHouse{t: t}
	s, err := server.Open(server.Options{Around: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/bulk/delete") && h.deletes.Add(1) == 2 && h.refused.Load() {
				http.Error(w, "gone", http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ctx := context.Background()
	account, err := s.Platform().EnsureAccount(ctx, "test", "")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Platform().CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err == nil {
		err = s.Listen()
	}
	if err != nil {
		t.Fatal(err)
	}
	h.env = map[string]string{"CLOUDFLARE_API_TOKEN": token, "CLOUDFLARE_API_BASE_URL": s.BaseURL()}
	client := cloudflare.New(cloudflare.Options{BaseURL: s.BaseURL(), Token: cloudflare.Token(token)})
	t.Cleanup(client.Close)
	n, err := client.CreateNamespace(ctx, account.ID, "sessions")
	if err != nil {
		t.Fatal(err)
	}
	h.place, h.store = account.ID+"/"+n.ID, client.Namespace(account.ID, n.ID)
	return h
}

// run runs bindery; tty says that its output is a terminal.
func (h *kvHouse) run(tty bool, args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	getenv := func(name string) string { return h.env[name] }
	a := &app{in: strings.NewReader(""), out: newStream(&stdout, getenv), err: newStream(&stderr, getenv), getenv: getenv, now: time.Now}
	a.out.tty = tty
	code = a.execute(h.t.Context(), newRootCommand, args)
	return code, stdout.String(), stderr.String()
}

func TestATerminalGetsOnlyText(t *testing.T) {
	h := newKVHouse(t)
	for value, text := range map[string]bool{"grüße\n\t": true, "": true, "\xff": false, "\x1b[31m": false, "\u202e": false, "a\x00": false} {
		if err := h.store.Put(t.Context(), kv.Pair{Key: "k", Item: kv.Item{Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
		code, out, errs := h.run(true, "kv", "get", h.place, "k")
		if text && (code != exitOK || out != value) || !text && (code != exitUsage || out != "" || !strings.Contains(errs, "hint: -o FILE")) {
			t.Errorf("%q on a terminal: exit code %d, %q, %q", value, code, out, errs)
		}
		for _, args := range [][]string{{"kv", "get", h.place, "k", "--force"}, {"kv", "get", h.place, "k"}} {
			if code, out, errs := h.run(len(args) == 5, args...); code != exitOK || out != value {
				t.Errorf("%q: %q printed %q, exit code %d: %s", value, args, out, code, errs)
			}
		}
	}
}

// A clear that is stopped goes on in the same job, and one undo brings back all of it.
func TestAStoppedClearGoesOn(t *testing.T) {
	h := newKVHouse(t)
	const keys = 2500 // three pages
	pairs := make([]kv.Pair, keys)
	for i := range pairs {
		pairs[i] = kv.Pair{Key: fmt.Sprintf("%05d", i), Item: kv.Item{Value: []byte("v"), Metadata: []byte("1")}}
	}
	if err := h.store.(kv.Bulk).PutMany(t.Context(), pairs); err != nil {
		t.Fatal(err)
	}
	_, before, _ := h.run(false, "export", h.place, "-")
	id := h.place[strings.IndexByte(h.place, '/')+1:]
	h.refused.Store(true)
	code, _, errs := h.run(false, "kv", "clear", h.place, "--yes", id)
	if code != exitFailed || !strings.Contains(errs, "hint: `bindery undo ") {
		t.Fatalf("a clear whose second call is refused: exit code %d\n%s", code, errs)
	}
	h.refused.Store(false)
	code, out, errs := h.run(false, "kv", "clear", h.place, "--yes", id)
	if code != exitOK || !strings.Contains(out, "deleted 2500 keys from") {
		t.Fatalf("the clear that goes on: exit code %d\n%s%s", code, out, errs)
	}
	if _, left, _ := h.run(false, "kv", "list", h.place, "--format", "ndjson"); left != "" {
		t.Errorf("after it there is %.100q", left)
	}
	job := out[strings.LastIndex(out, "undo ")+len("undo ") : strings.LastIndex(out, "` brings")]
	if code, out, errs := h.run(false, "undo", job); code != exitOK {
		t.Fatalf("undo: exit code %d\n%s%s", code, out, errs)
	}
	_, after, _ := h.run(false, "export", h.place, "-")
	_, before, _ = strings.Cut(before, "\n") // the header has the time
	_, after, _ = strings.Cut(after, "\n")
	if before != after {
		t.Errorf("undone, the namespace differs: %d bytes of export, want %d", len(after), len(before))
	}
}
