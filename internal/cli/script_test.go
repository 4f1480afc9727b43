package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

// The test binary runs itself as bindery, so that scripts see processes, exit codes and signals.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "node" {
		os.Exit(fakeWrangler(os.Args[1], os.Args[2:]))
	}
	// Under -race every process would sleep for a second before it exits.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	testscript.Main(m, map[string]func(){
		"bindery": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)) },
		"mask":    mask,
		"get":     get,
		"api":     api,
	})
}

// TestScripts runs the transcripts in testdata/script. Each finds the repository's
// examples in its working directory, and nothing of the user's environment.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bom":      bom,
			"bytes":    writeBytes,
			"capture":  capture,
			"editor":   editor,
			"free":     free,
			"hang":     hang,
			"exits":    exits,
			"fill":     fill,
			"sparse":   sparse,
			"serve":    func(ts *testscript.TestScript, neg bool, args []string) { served(ts).serve(ts, neg, args) },
			"shutdown": func(ts *testscript.TestScript, neg bool, args []string) { served(ts).shutdown(ts, neg, args) },
		},
		Condition: func(name string) (bool, error) {
			if name != "root" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return os.Geteuid() == 0, nil
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			env.Values[serverKey{}] = &servedProcess{}
			return os.CopyFS(filepath.Join(env.WorkDir, "examples"), os.DirFS(examples))
		},
	})
}

type serverKey struct{}

// served is the script's server.
func served(ts *testscript.TestScript) *servedProcess { return ts.Value(serverKey{}).(*servedProcess) }

// exits runs a command and wants its exit code: exits 2 bindery chek.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var exit *exec.ExitError
	err = ts.Exec(args[1], args[2:]...)
	switch got := 0; {
	case errors.As(err, &exit):
		if got = exit.ExitCode(); got != want {
			ts.Fatalf("exit code %d, want %d", got, want)
		}
	case err != nil || want != 0:
		ts.Fatalf("%v: exit code 0, want %d", err, want)
	}
}

// capture keeps what the last command printed in a variable: capture TOKEN.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// fill replaces a text in a file, which has to hold it: fill FILE OLD NEW.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o644))
}

// get prints the status and the body of a URL: get URL [NAME:VALUE]…
func get() {
	req, err := http.NewRequest(http.MethodGet, os.Args[1], nil)
	if err == nil {
		for _, header := range os.Args[2:] {
			name, value, _ := strings.Cut(header, ":")
			req.Header.Set(name, value)
		}
		var res *http.Response
		if res, err = http.DefaultClient.Do(req); err == nil {
			fmt.Println(res.Status)
			_, err = io.Copy(os.Stdout, res.Body)
			res.Body.Close()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "get:", err)
		os.Exit(1)
	}
}

// api asks the API that the script's variables name, as a person with curl would: api METHOD PATH [BODY]. It prints the
// result of the answer's envelope, or fails with its errors; -id prints only the id of the result, or of the first of several, -value only
// the secret of a token.
func api() {
	args := os.Args[1:]
	only := ""
	if member, ok := strings.CutPrefix(args[0], "-"); ok {
		only, args = member, args[1:]
	}
	var answer struct {
		Success        bool
		Result, Errors json.RawMessage
	}
	req, err := http.NewRequest(args[0], os.Getenv("CLOUDFLARE_API_BASE_URL")+args[1], strings.NewReader(strings.Join(args[2:], "")))
	if err == nil {
		req.Header.Set("Authorization", "Bearer "+os.Getenv("CLOUDFLARE_API_TOKEN"))
		req.Header.Set("Content-Type", "application/json")
		var res *http.Response
		if res, err = http.DefaultClient.Do(req); err == nil {
			err = json.NewDecoder(res.Body).Decode(&answer)
			res.Body.Close()
		}
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	case !answer.Success:
		fmt.Fprintf(os.Stderr, "api: %s\n", answer.Errors)
		os.Exit(1)
	case only != "":
		fmt.Println(regexp.MustCompile(`"` + only + `":"([^"]*)"`).FindStringSubmatch(string(answer.Result))[1])
	default:
		fmt.Printf("%s\n", answer.Result)
	}
}

// What differs from run to run, and what stands for it in a transcript.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\d+(\.\d+)? ?(µs|ms|s)\b`), "TIME"},
	{regexp.MustCompile(`"took_ms": \d+`), `"took_ms": TIME`},
	{regexp.MustCompile(`__bindery_selftest__/[0-9A-Za-z-]+`), "__bindery_selftest__/KEY"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
}

// mask copies standard input to standard output without what differs from run to run.
func mask() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mask:", err)
		os.Exit(1)
	}
	os.Stdout.WriteString(masked(string(text)))
}

func masked(text string) string {
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	return text
}

// free wants a TCP port of the loopback to be free: free PORT.
func free(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:"+args[0])
	ts.Check(err)
	ts.Check(l.Close())
}

// hang sets a variable to the URL of a server that takes calls and never answers: hang URL.
func hang(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], "http://"+l.Addr().String())
}

// bom puts a UTF-8 byte order mark before what a file holds: bom FILE.
func bom(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("\ufeff"+ts.ReadFile(args[0])), 0o600))
}

// bytes writes a file; its name and what is in it are written as in a Go string: bytes FILE TEXT.
func writeBytes(ts *testscript.TestScript, _ bool, args []string) {
	for i := range args {
		text, err := strconv.Unquote(`"` + args[i] + `"`)
		ts.Check(err)
		args[i] = text
	}
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, []byte(args[1]), 0o600))
}

// sparse makes a file of so many bytes that takes no room on disk: sparse SIZE FILE.
func sparse(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Check(file.Truncate(size))
	ts.Check(file.Close())
}
