//go:build npm

// Package conformance holds Bindery against its peers: the real wrangler, from npm.
package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// TestReading: what the newest wrangler reads from a configuration we read, too, and what it refuses we refuse, with
// a place; for the top level and for every environment. The configurations are our own, the examples, and the corpus of
// public ones where it lies beside the repository.
func TestReading(t *testing.T) {
	own := ownConfigurations(t)
	files := slices.Concat(own, configurations(t, "../examples"))
	refused := compareFiles(t, newest, files, exceptions)
	for _, file := range own {
		if refused[file.name] != strings.Contains(file.name, "/refused/") {
			t.Errorf("%s lies in the wrong folder: wrangler refuses it = %v", file.name, refused[file.name])
		}
	}
}

// TestReadingCorpus: the same for configurations that people have published.
func TestReadingCorpus(t *testing.T) {
	compareFiles(t, newest, corpus(t), nil)
}

// TestReadingOlder: of an older wrangler, which many still use, we know where it reads otherwise than the newest.
func TestReadingOlder(t *testing.T) {
	compareFiles(t, older, slices.Concat(ownConfigurations(t), configurations(t, "../examples")), exceptionsOlder)
}

// TestReadingCorpusOlder: what people have published an older wrangler reads like the newest.
func TestReadingCorpusOlder(t *testing.T) {
	compareFiles(t, older, corpus(t), nil)
}

// TestReadingDepth: values nest as deep as in wrangler's TOML parser; its JSON parser ends where its stack does.
func TestReadingDepth(t *testing.T) {
	tests := []struct {
		name, file, open, middle, end string
		depths                        []int
	}{
		{"arrays in TOML", "wrangler.toml", "[", "1", "]", []int{1000, 1001, 10_000}},
		{"inline tables in TOML", "wrangler.toml", "{a=", "1", "}", []int{1000, 1001, 10_000}},
		{"arrays in JSON", "wrangler.json", "[", "1", "]", []int{2500, 10_000}},
		{"objects in JSON", "wrangler.json", `{"a":`, "1", "}", []int{2500, 10_000}},
	}
	peer := startReader(t, newest)
	for _, tt := range tests {
		for _, depth := range tt.depths {
			value := strings.Repeat(tt.open, depth) + tt.middle + strings.Repeat(tt.end, depth)
			source := `{"unknown": ` + value + `}` // and so not in the answer
			if tt.file == "wrangler.toml" {
				source = "unknown = " + value
			}
			path := absolute(t, tt.file)
			r := read{file{fmt.Sprintf("%d %s", depth, tt.name), path}, "", wrangler.Parse(path, []byte(source))}
			peer.ask(t, []question{about(path, "", []byte(source))}, func(_ int, theirs answer) {
				if diff := difference(r, theirs); diff != "" {
					t.Errorf("%s\n%.500s", r, diff)
				}
			})
		}
	}
}

// compareFiles reads each file for each of its environments with a release and with our reader, and returns those
// that the release refuses for one of them. An exception that is none fails, too.
func compareFiles(t *testing.T, r release, files []file, exceptions map[string]string) (refused map[string]bool) {
	t.Helper()
	var reads []read
	var questions []question
	for _, file := range files {
		for _, read := range readsOf(t, file) {
			reads = append(reads, read)
			questions = append(questions, question{File: absolute(t, file.path), Env: read.env})
		}
	}
	refused = map[string]bool{}
	differs := map[string]bool{}
	startReader(t, r).ask(t, questions, func(i int, theirs answer) {
		read := reads[i]
		refused[read.name] = refused[read.name] || !theirs.OK && read.env != undeclared
		if diff := difference(read, theirs); diff != "" {
			differs[read.name] = true
			if exceptions[read.name] == "" {
				t.Errorf("%s\n%s", read, diff)
			}
		}
	})
	for name, reason := range exceptions {
		if !differs[name] {
			t.Errorf("%s is read like wrangler %s reads it: it is no exception (%s)", name, r.version, reason)
		}
	}
	t.Logf("wrangler %s: %d files, %d reads", r.version, len(files), len(reads))
	return refused
}

// file is a configuration to read.
type file struct {
	name string // what failures and exceptions call it
	path string
}

// read is one configuration read for one environment.
type read struct {
	file
	env    string // "" is the top level
	config *wrangler.Config
}

func (r read) String() string {
	if r.env == "" {
		return r.name
	}
	return r.name + " for env " + r.env
}

// undeclared is an environment that no configuration declares: wrangler refuses it, or takes the top level.
const undeclared = "undeclared"

// readsOf lists the reads of a file: the top level, each environment, and one that is not declared.
func readsOf(t *testing.T, f file) []read {
	t.Helper()
	config := load(t, f)
	reads := []read{{f, "", config}}
	for _, e := range config.Envs {
		reads = append(reads, read{f, e.Name, config})
	}
	return append(reads, read{f, undeclared, config})
}

func load(t *testing.T, f file) *wrangler.Config {
	t.Helper()
	src, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	return wrangler.Parse(f.path, src)
}

// difference says where our reading differs from wrangler's; "" if it does not.
func difference(r read, theirs answer) string {
	env, err := r.config.Environment(r.env)
	if ok := err == nil && !env.Refused(); ok != theirs.OK {
		return fmt.Sprintf("ours:     ok = %v, %s\nwrangler: ok = %v, %s", ok, complaints(r, err), theirs.OK, theirs.Error)
	}
	if !theirs.OK || theirs.Config == nil {
		return ""
	}
	want, got := normalized(theirs.Config), rendered(env)
	if node := r.config.File.Root.Get("env"); node != nil && !node.Is(syntax.Table) {
		delete(want, "environments") // JavaScript numbers what is in an array or string; we find no environment there
	}
	if names, ok := want["environments"].([]string); ok {
		// wrangler lists an environment without a name, which no command selects: it is a warning here.
		names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
		if want["environments"] = names; len(names) == 0 {
			want["environments"] = []string(nil)
		}
	}
	if reflect.DeepEqual(want, got) {
		return "" // which is known much sooner than what differs
	}
	return "(-wrangler +ours)\n" + cmp.Diff(want, got)
}

// complaints lists what we refuse, for a failure message.
func complaints(r read, err error) string {
	if err != nil {
		return err.Error()
	}
	env, _ := r.config.Environment(r.env)
	var all []string
	for _, e := range r.config.File.Errors {
		all = append(all, e.Message)
	}
	for _, p := range append(append([]wrangler.Problem(nil), r.config.Problems...), env.Problems...) {
		if p.Error {
			all = append(all, p.Message)
		}
	}
	return strings.Join(all, "; ")
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// corpus lists the public configurations beside the repository.
func corpus(t *testing.T) []file {
	t.Helper()
	const dir = "../../shared/corpus"
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is absent: no public configurations to compare", dir)
	}
	return configurations(t, dir)
}

// configurations lists those below a folder; none if it is not there.
func configurations(t *testing.T, dir string) (files []file) {
	t.Helper()
	found, err := wrangler.Discover(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found.Configs {
		name, _ := filepath.Rel(filepath.Dir(dir), path)
		files = append(files, file{filepath.ToSlash(name), path})
	}
	return files
}

// ownConfigurations unpacks testdata/reading. Each file lies in a folder that says what wrangler does with it: read,
// or refuse it for at least one of its environments.
func ownConfigurations(t *testing.T) (files []file) {
	t.Helper()
	archives, err := filepath.Glob("testdata/reading/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in testdata/reading: %v", err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file{name, path})
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		theme := strings.TrimSuffix(filepath.Base(path), ".txtar")
		for _, file := range archive.Files {
			write(theme+"/"+file.Name, file.Data)
		}
	}
	for name, data := range bytesNoEditorWrites {
		write("bytes/"+name, []byte(data))
	}
	return files
}
