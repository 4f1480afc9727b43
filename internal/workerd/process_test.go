//go:build unix

package workerd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// standIn is a shell script in the place of workerd: these tests are of how a process is
// started, watched and stopped, and run without npm. What workerd itself does is seen in
// real_test.go.
func standIn(t *testing.T, serve string) *Binary {
	t.Helper()
	path := filepath.Join(t.TempDir(), "workerd")
	script := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo workerd 2026-04-26; exit; fi\n" + serve + "\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := Find(t.Context(), path, "")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const listens = `echo '{"event":"listen","socket":"http","port":0}' >&3
`

// shortDir is a folder whose path is short enough for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bindery-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("something is left of the process: %v %v", left, err)
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}

// anything is a program that a stand-in does not look at.
func anything() Program {
	return Program{
		Workers: []Worker{{Name: "app", CompatibilityDate: "2026-01-01", Modules: []Module{{Name: "index.js", Kind: ESModule}}}},
		Sockets: []Socket{{Name: "http", Worker: "app"}},
	}
}

// Of a release that is too old it is said so, where it does not start.
func TestTooOld(t *testing.T) {
	b := standIn(t, `echo '{"level":"error","source":"x","message":"Struct has no field"}'; exit 1`)
	if old := b.TooOld(); old != "" {
		t.Errorf("of 2026-04-26: %s", old)
	}
	b.Date = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	_, err := b.Start(t.Context(), anything(), Options{Dir: shortDir(t)})
	const want = "workerd did not start: Struct has no field; workerd 2025-12-31 is older than 2026-01-01, the first that is known to do all that Workers need here"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestStartFails(t *testing.T) {
	for _, c := range []struct {
		name, serve, want string
		script            bool
	}{
		{"code", `echo '{"level":"error","source":"x","message":"service app: Uncaught Error: boom\\n  at index.js:1:7"}'; exit 1`, "Uncaught Error: boom\n  at index.js:1:7", true},
		{"configuration", `echo '{"level":"error","source":"x","message":"Struct has no field"}'; exit 1`, "workerd did not start: Struct has no field", false},
		{"standard error", `echo 'Fatal: Address in use' >&2; exit 1`, "workerd did not start: Fatal: Address in use", false},
		{"silence", `exit 7`, "workerd did not start: exit status 7", false},
		{"endless loop", `trap '' TERM; while :; do sleep 0.01; done`, "Script startup exceeded the time limit of 200ms.", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := standIn(t, c.serve).Start(t.Context(), anything(), Options{Dir: shortDir(t), StartLimit: 200 * time.Millisecond})
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
			var script *ScriptError
			if errors.As(err, &script) != c.script {
				t.Errorf("%#v: is it the script's fault? want %v", err, c.script)
			}
		})
	}
}

func TestProcessIsWatched(t *testing.T) {
	dir := shortDir(t)
	var lines []Line
	p, err := standIn(t, listens+`echo '{"level":"error","source":"x","message":"V8 fatal error"}'; kill -9 $$`).
		Start(t.Context(), anything(), Options{Dir: dir, Output: func(l Line) { lines = append(lines, l) }})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if got, want := p.Err().Error(), "workerd ended: signal: killed: V8 fatal error"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(lines) != 1 || lines[0].Text != "V8 fatal error" || !lines[0].Runtime {
		t.Errorf("lines: got %+v", lines)
	}
}

func TestStop(t *testing.T) {
	for _, c := range []struct{ name, serve string }{
		{"willing", listens + "trap 'exit 0' TERM; while :; do sleep 0.01; done"},
		{"stubborn", listens + "trap '' TERM; while :; do sleep 0.01; done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := standIn(t, c.serve).Start(t.Context(), anything(), Options{Dir: shortDir(t)})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Stop(200 * time.Millisecond); err != nil {
				t.Errorf("stop: %v", err)
			}
			if err := syscall.Kill(p.PID(), 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("process %d is still there: %v", p.PID(), err)
			}
		})
	}
}

func TestConfigurationIsGoneAfterTheStart(t *testing.T) {
	dir := shortDir(t)
	p, err := standIn(t, listens+"exec sleep 60").Start(t.Context(), anything(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("%s is still there: it may hold secrets", path)
		}
		return err
	})
	if err := errors.Join(err, p.Stop(0)); err != nil {
		t.Fatal(err)
	}
}

// A disk is handed on only when the process before it has ended, whoever had started that.
func TestDiskHasOneProcess(t *testing.T) {
	b, program := standIn(t, listens+"exec sleep 60"), anything()
	program.Disks = []Disk{{Name: "disk", Path: filepath.Join(t.TempDir(), "disk")}}
	first, err := b.Start(t.Context(), program, Options{Dir: shortDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Start(t.Context(), program, Options{Dir: shortDir(t), StartLimit: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "another process has the Durable Objects") {
		t.Errorf("a second process on the same disk: got %v", err)
	}
	if err := first.Stop(0); err != nil {
		t.Fatal(err)
	}
	second, err := b.Start(t.Context(), program, Options{Dir: shortDir(t)})
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := second.Stop(0); err != nil {
		t.Fatal(err)
	}
}

// Objects that a newer workerd has written are kept from an older one, and are there for one that is newer still.
func TestDiskOfANewerWorkerd(t *testing.T) {
	program := anything()
	disk := filepath.Join(t.TempDir(), "disk")
	program.Disks = []Disk{{Name: "disk", Path: disk}}
	start := func(date string) error {
		b := standIn(t, listens+"exec sleep 60")
		b.Date, _ = time.Parse(time.DateOnly, date)
		p, err := b.Start(t.Context(), program, Options{Dir: shortDir(t)})
		if err == nil {
			err = p.Stop(0)
		}
		return err
	}
	for _, c := range []struct{ date, want string }{
		{"2026-04-26", ""},
		{"2026-11-17", ""},
		{"2026-04-26", "were written by workerd 2026-11-17, and this is 2026-04-26"},
		{"2026-11-17", ""},
		{"2026-12-01", ""},
	} {
		if err := start(c.date); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("workerd %s: got %v, want %q", c.date, err, c.want)
		}
	}
	if err := os.WriteFile(disk+".workerd", []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := start("2027-01-01"); err == nil || !strings.Contains(err.Error(), `not "garbage"`) {
		t.Errorf("a record that says nothing: got %v", err)
	}
}

func TestFind(t *testing.T) {
	folder := t.TempDir()
	write := func(name, script string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	garbage := filepath.Join(folder, "garbage")
	if err := os.WriteFile(garbage, []byte("\x7fELF cut off"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for _, c := range []struct{ name, path, want string }{
		{"absent", filepath.Join(folder, "none"), "there is no such file"},
		{"not executable", write("plain", "", 0o600), "it may not be executed"},
		{"another program", write("other", "echo node v20", 0o700), `it is another program: --version printed "node v20\n"`},
		{"a folder", folder, "it is a folder"},
		{"garbage", garbage, "it is no program for this machine"},
		{"broken", write("broken", "exit 3", 0o700), "--version ended with exit status 3"},
		{"hangs", write("hangs", "sleep 5", 0o700), "--version does not end"},
	} {
		_, err := Find(ctx, c.path, "")
		var missing *MissingError
		if !errors.As(err, &missing) || missing.Err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	t.Setenv("PATH", folder)
	if _, err := Find(t.Context(), "", folder); err == nil || err.(*MissingError).Path != "" {
		t.Errorf("nothing to find: got %v", err)
	}
	want := write("workerd", "echo workerd 2026-04-26", 0o700)
	if b, err := Find(t.Context(), "", folder); err != nil || b.Path != want || b.Date.Format(time.DateOnly) != "2026-04-26" {
		t.Errorf("on PATH: got %+v, %v", b, err)
	}
}

// What --verbose makes workerd say stays readable in a log: no addresses of machine code.
func TestOutputIsReadable(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{
			`{"level":"error","source":"io.c++","message":"e = async-io.c++:1655: failed: connect() blocked by restrictPeers()\nstack: /opt/workerd@51f70c0 /opt/workerd@51f7880; wdErrId = 3r5q"}`,
			"e = async-io.c++:1655: failed: connect() blocked by restrictPeers(); wdErrId = 3r5q",
		},
		{`{"level":"error","source":"io.c++","message":"failed: broken\nstack: 7f0a12 7f0b"}`, "failed: broken"},
		{`{"level":"info","message":"mine\nstack: 7f0a12"}`, "mine\nstack: 7f0a12"},
	} {
		var said string
		new(Process).output([]byte(c.line), func(l Line) { said = l.Text })
		if said != c.want {
			t.Errorf("%s\ngot  %q\nwant %q", c.line, said, c.want)
		}
	}
}
