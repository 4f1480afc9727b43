//go:build unix

package workerd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// real finds the workerd of the conformance tests. Without npm the tests of this file are
// skipped; config_test.go and process_test.go stand for what is ours alone.
func real(t *testing.T) *Binary {
	t.Helper()
	// BINDERY_TEST_WORKERD names another release than that of conformance/package.json.
	b, err := Find(t.Context(), os.Getenv("BINDERY_TEST_WORKERD"), filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	return b
}

func start(t *testing.T, p Program) *Process {
	t.Helper()
	run, err := real(t).Start(t.Context(), p, Options{Dir: shortDir(t), Output: func(l Line) { t.Logf("%s: %s", l.Level, l.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Stop(time.Second); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return run
}

// ask sends a GET to a socket and returns the body.
func ask(t *testing.T, socket, path string, headers ...Header) string {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://worker.test"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		r.Header.Set(h.Name, h.Value)
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// alone is a program of one Worker of one module.
func alone(code string, bindings ...Binding) Program {
	p := anything()
	p.Workers[0].Modules[0].Content = []byte(code)
	p.Workers[0].Bindings = bindings
	return p
}

// What a user may write anywhere arrives in the Worker as it was written, and nothing else does.
func TestTextArrivesWhole(t *testing.T) {
	nasty := "\"), (name = \"B\", text = \"y\") # \\x41 \\ \x01\x00 \n é漢 ]"
	quoted, err := json.Marshal(map[string]string{nasty: nasty})
	if err != nil {
		t.Fatal(err)
	}
	p := alone(`import * as named from "./sub\"\u00e9 x.txt"
		export default { fetch: (r, env) => Response.json({ env, module: named.default, url: r.url, cf: r.cf, headers: [...r.headers] }) }`,
		Binding{nasty, TextValue(nasty)}, Binding{"J", JSONValue(quoted)})
	p.Workers[0].Modules = append(p.Workers[0].Modules, Module{Name: "sub\"é x.txt", Kind: Text, Content: []byte(nasty)})
	run := start(t, p)

	var got map[string]any
	text := ask(t, run.Socket("http"), "/a?b", Header{HeaderCF, `{"colo":"X"}`}, Header{HeaderProto, "https"})
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	delete(got, "headers")
	want := map[string]any{
		"env": map[string]any{nasty: nasty, "J": map[string]any{nasty: nasty}}, "module": nasty,
		"url": "https://worker.test/a?b", "cf": map[string]any{"colo": "X"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, header := range []string{HeaderCF, HeaderProto} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(header)) {
			t.Errorf("the Worker sees the header %s: %s", header, text)
		}
	}
}

func TestScriptErrors(t *testing.T) {
	b := real(t)
	with := func(change func(*Worker)) Program {
		p := alone("export default {}")
		change(&p.Workers[0])
		return p
	}
	for _, c := range []struct {
		name string
		p    Program
		want string
	}{
		{"syntax", alone("export default {"), "Uncaught SyntaxError: Unexpected end of input\n  at index.js:1"},
		{"throws at the top", alone("throw new Error('boom')"), "Uncaught Error: boom\n  at index.js:1:7"},
		{"missing module", alone("import './nope.js'"), "Uncaught Error: No such module \"nope.js\".\n  imported from \"index.js\""},
		{"flag", with(func(w *Worker) { w.CompatibilityFlags = []string{"no_such"} }), "No such compatibility flag: no_such"},
		{"module twice", with(func(w *Worker) { w.Modules = append(w.Modules, Module{Name: "./index.js", Kind: ESModule}) }), `two modules have the name "index.js"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := b.Start(t.Context(), c.p, Options{Dir: shortDir(t)})
			var script *ScriptError
			if !errors.As(err, &script) || script.Worker != "app" || !strings.Contains(script.Text, c.want) {
				t.Errorf("got %v, want a ScriptError of app with %q", err, c.want)
			}
		})
	}
}

func TestEndlessLoopAtTheTop(t *testing.T) {
	_, err := real(t).Start(t.Context(), alone("for (;;) {}"), Options{Dir: shortDir(t), StartLimit: 300 * time.Millisecond})
	if want := "Script startup exceeded the time limit of 300ms."; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

// Code that keeps its process to itself gets the processor after everybody else; at the top level it
// is held to the same memory.
func TestGreedyCode(t *testing.T) {
	if _, known := useOf(os.Getpid()); !known {
		t.Skip("what a process takes is known on Linux only")
	}
	p := alone(`export default { fetch() { for (;;); } }`)
	run, err := real(t).Start(t.Context(), p, Options{Dir: shortDir(t), LoopLimit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", run.Socket("http"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	nice := ""
	for began := time.Now(); nice != "10" && time.Since(began) < 10*time.Second; time.Sleep(20 * time.Millisecond) {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", run.PID()))
		nice = strings.Fields(string(text))[18]
	}
	if err := run.Stop(0); nice != "10" || err != nil {
		t.Errorf("a process that loops: niceness %s, %v", nice, err)
	}

	p = alone(`for (const all = []; ;) all.push(new Uint8Array(8 << 20).fill(1))`)
	_, err = real(t).Start(t.Context(), p, Options{Dir: shortDir(t), MemoryMiB: 200})
	var script *ScriptError
	if !errors.As(err, &script) || !strings.Contains(script.Text, "exceeded the memory limit") {
		t.Errorf("memory at the top level: got %v", err)
	}
}
