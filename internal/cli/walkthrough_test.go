package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// walkthroughs are documents that somebody can follow, command by command. The blocks of each are one session of a shell, in
// a new folder that holds the examples:
//
//	```console            commands behind "$ ", and what each prints; a `bindery serve` goes on beside it
//	```console npm        likewise, with the real wrangler: in `make conformance` only
//	```toml FILE          is what FILE is to hold, and is written (js likewise)
//	```diff               is applied to the files of the current folder
//
// What they print is compared as in [TestTranscripts]. An id that the session makes is another than the document's: that one
// stands for it from then on, in commands too.
var walkthroughs = []string{"docs/deploy.md", "docs/namespaces.md", "docs/incidents/10041.md", "docs/incidents/silent-put.md"}

// nodeModules has wrangler in it; "" leaves the blocks out that need it.
var nodeModules string

func TestWalkthroughs(t *testing.T) {
	for _, path := range walkthroughs {
		t.Run(path, func(t *testing.T) {
			document := filepath.Join(repository(t), path)
			src, err := os.ReadFile(document)
			if err != nil {
				t.Fatal(err)
			}
			s := newSession(t)
			checked := walkthroughBlock.ReplaceAllStringFunc(string(src), func(block string) string {
				if t.Failed() && !*update {
					return block // what follows would fail for that reason
				}
				return s.block(block)
			})
			if *update && checked != string(src) {
				if err := os.WriteFile(document, []byte(checked), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

var walkthroughBlock = regexp.MustCompile("(?ms)^```(console|toml|js|diff)( [^\n]+)?\n(.*?)^```$")

// session is a shell that has not ended.
type session struct {
	t     *testing.T
	dir   string
	env   []string
	stdin io.Writer
	said  *bufio.Reader
	ids   identities
	port  string // of the server, where the documents say 8787
}

func newSession(t *testing.T) *session {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	s := &session{t: t, dir: t.TempDir(), ids: idsOfExamples(t)}
	if err := os.CopyFS(filepath.Join(s.dir, "examples"), os.DirFS(filepath.Join(repository(t), "examples"))); err != nil {
		t.Fatal(err)
	}
	s.env = []string{"HOME=" + t.TempDir(), "NO_COLOR=1"}
	for _, name := range []string{"GORACE", "PATH", "TMPDIR"} {
		s.env = append(s.env, name+"="+os.Getenv(name))
	}
	if nodeModules != "" {
		if err := os.Symlink(filepath.Join(repository(t), nodeModules), filepath.Join(s.dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		s.env = append(s.env, "CI=1", "WRANGLER_SEND_METRICS=false", "WRANGLER_SEND_ERROR_REPORTS=false", "npm_config_registry=http://127.0.0.1:9/")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	cmd := exec.CommandContext(ctx, bash, "--noprofile", "--norc")
	cmd.Dir, cmd.Env = s.dir, s.env
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stdin, s.said = stdin, bufio.NewReader(stdout)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait() // with the exit code of the last command
		cancel()
	})
	return s
}

// run has the shell run a command, and returns what it prints.
func (s *session) run(command string) string {
	s.t.Helper()
	const end = "\x1e" // record separator: no command prints it
	_, err := fmt.Fprintf(s.stdin, "(exit ${code:-0}); { %s\n} </dev/null 2>&1; code=$?; printf '\\036'\n", command)
	if err != nil {
		s.t.Fatalf("%s: %v", command, err)
	}
	said, err := s.said.ReadString(end[0])
	if err != nil {
		s.t.Fatalf("%s: %v after it printed\n%s", command, err, said)
	}
	return strings.TrimSuffix(said, end)
}

// block plays a block of a document and returns it with what is printed now.
func (s *session) block(block string) string {
	s.t.Helper()
	parts := walkthroughBlock.FindStringSubmatch(block)
	kind, name, body := parts[1], strings.TrimSpace(parts[2]), parts[3]
	switch {
	case kind == "console" && name == "npm" && nodeModules == "":
	case kind == "console":
		return strings.TrimSuffix(block, body+"```") + s.commands(body) + "```"
	case kind == "diff":
		if said := s.run("git apply - <<'EOF'\n" + s.ids.real(body) + "EOF"); said != "" {
			s.t.Errorf("the edit cannot be made:\n%s%s", body, said)
		}
	case name != "":
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(s.ids.real(body)), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	return block
}

// commands plays the commands of a block.
func (s *session) commands(body string) string {
	s.t.Helper()
	var played strings.Builder
	for _, step := range strings.Split("\n"+body, "\n$ ")[1:] {
		command, want, _ := strings.Cut(step, "\n")
		if want != "" && !strings.HasSuffix(want, "\n") {
			want += "\n" // which Split has taken
		}
		real := strings.ReplaceAll(s.ids.real(command), ":8787", ":"+s.port)
		var got string
		if strings.HasPrefix(command, "bindery serve ") {
			got = s.serve(strings.Fields(real)[1:])
		} else {
			got = s.run(real)
		}
		got = colour.ReplaceAllString(strings.ReplaceAll(got, ":"+s.port, ":8787"), "")
		if got != "" && !strings.HasSuffix(got, "\n") {
			got += "\n" // where a person would see the prompt
		}
		ids, same := matches(strings.Split(steady(want), "\n"), strings.Split(steady(got), "\n"), s.ids)
		if same {
			s.ids = ids
			got = want
		} else if got = secret.ReplaceAllString(s.ids.documented(got), "bindery_${1}_…"); !*update {
			s.t.Errorf("%s (-documented +printed):\n%s", command, cmp.Diff(steady(want), steady(got)))
		}
		fmt.Fprintf(&played, "$ %s\n%s", command, got)
	}
	return played.String()
}

// serve starts `bindery serve`, has the shell export what it says, and returns what it prints.
func (s *session) serve(args []string) string {
	s.t.Helper()
	cmd := exec.Command("bindery", append(args, "--listen", "127.0.0.1:0")...)
	cmd.Dir, cmd.Env = strings.TrimSpace(s.run("pwd")), s.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if s.t.Failed() {
			s.t.Logf("the server's log:\n%s", &log)
		}
	})
	// All lines come in one write, once everything is ready.
	lines := make([]byte, 4096)
	n, err := out.Read(lines)
	if err != nil {
		s.t.Fatalf("bindery %q printed nothing: %v", args, err)
	}
	said := string(lines[:n])
	url, exports, _ := strings.Cut(said, "\n")
	s.port = url[strings.LastIndex(url, ":")+1:]
	s.run(exports)
	return said
}

var (
	secret = regexp.MustCompile(`bindery_(token|key)_[0-9A-Za-z]+`)
	date   = regexp.MustCompile(`\bon \d{4}-\d\d-\d\d( \d\d:\d\d UTC)?`)
	ray    = regexp.MustCompile(`ray: [0-9a-f]+`)
	when   = regexp.MustCompile(`"time":"[^"]+"`)
	colour = regexp.MustCompile("\x1b\\[[0-9;]*m") // wrangler's, into a pipe too
)

// steady is masked, for what differs from day to day too.
func steady(text string) string {
	text = ray.ReplaceAllString(date.ReplaceAllString(text, "on DATE"), "ray: RAY")
	text = when.ReplaceAllString(text, `"time":"TIME"`)
	return masked(secret.ReplaceAllString(text, "bindery_${1}_…"))
}

// identities are the ids of a session by those that stand for them in the document.
type identities map[string]string

// idPattern is an id of an account or a namespace, of a database or a version, or a digest.
var idPattern = regexp.MustCompile(`\b([0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})\b`)

// idsOfExamples are those in the files of the examples: they stand for themselves.
func idsOfExamples(t *testing.T) identities {
	t.Helper()
	ids := identities{}
	files, err := filepath.Glob(filepath.Join(repository(t), "examples/*/[^.]*.*")) // not what wrangler leaves there
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range idPattern.FindAllString(string(text), -1) {
			ids[id] = id
		}
	}
	return ids
}

// line says whether a printed line is the documented one, and what is known of the ids then.
func (i identities) line(want, got string) (identities, bool) {
	if idPattern.ReplaceAllString(want, "ID") != idPattern.ReplaceAllString(got, "ID") {
		return i, false
	}
	wanted, printed := idPattern.FindAllString(want, -1), idPattern.FindAllString(got, -1)
	for n, id := range wanted {
		switch known, ok := i[id]; {
		case ok && known != printed[n]:
			return i, false
		case !ok && i.stands(printed[n]) != "":
			return i, false
		case !ok:
			more := identities{id: printed[n]}
			for id, known := range i {
				more[id] = known
			}
			i = more
		}
	}
	return i, true
}

// stands is what stands for an id of the session; "" if nothing does yet.
func (i identities) stands(known string) string {
	for id, other := range i {
		if other == known {
			return id
		}
	}
	return ""
}

// real puts the session's ids in the place of the document's.
func (i identities) real(text string) string {
	return idPattern.ReplaceAllStringFunc(text, func(id string) string {
		if known, ok := i[id]; ok {
			return known
		}
		return id
	})
}

// documented puts the document's ids in the place of the session's.
func (i identities) documented(text string) string {
	return idPattern.ReplaceAllStringFunc(text, func(known string) string {
		if id := i.stands(known); id != "" {
			return id
		}
		return known
	})
}

// Ids that are new bind what stands for them, and no second one; those that are known are held to it.
func TestIdentities(t *testing.T) {
	a, b, c := strings.Repeat("a", 32), strings.Repeat("b", 32), strings.Repeat("c", 32)
	known := identities{a: a}
	for _, test := range []struct {
		want, got string
		match     bool
	}{
		{"id " + a, "id " + a, true},
		{"id " + a, "id " + b, false},
		{"id " + b, "id " + c, true},
		{"id " + b, "id " + a, false},
		{"from " + b + " to " + b, "from " + c + " to " + c, true},
		{"from " + b + " to " + b, "from " + c + " to " + b, false},
		{"from " + b + " to " + c, "from " + c + " to " + c, false},
		{"…\nid " + b + "\nlast " + b, "id " + b + "\nid " + c + "\nlast " + c, true},
		{"…\nid " + b + "\nlast " + b, "id " + b + "\nid " + c + "\nlast " + b, false},
	} {
		if _, match := matches(strings.Split(test.want, "\n"), strings.Split(test.got, "\n"), known); match != test.match {
			t.Errorf("%q stands for %q: %v, want %v", test.want, test.got, match, test.match)
		}
	}
}
