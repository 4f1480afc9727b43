//go:build npm

// Package conformance holds Bindery against its peers: the real wrangler, from npm.
package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// TestReading: what wrangler reads from a configuration we read, too, and what it
// refuses we refuse; for the top level and for every environment. The configurations
// are our own, the examples, and the corpus of public ones where it lies beside the repository.
func TestReading(t *testing.T) {
	own := ownConfigurations(t)
	examples := configurations(t, "../examples")
	corpus := configurations(t, "../../shared/corpus")
	t.Logf("%d configurations of our own, %d examples, %d of the corpus", len(own), len(examples), len(corpus))

	var reads []read
	for _, file := range slices.Concat(own, examples, corpus) {
		reads = append(reads, readsOf(t, file)...)
	}
	answers := askWrangler(t, reads)

	refusals := map[string]int{} // by file
	for i, r := range reads {
		if !answers[i].OK && r.env != undeclared {
			refusals[r.name]++
		}
		reason, excepted := exceptions[r.name]
		judge(t, r, difference(r, answers[i]), excepted, reason)
	}
	for _, file := range own {
		if refused := refusals[file.name] > 0; refused != strings.Contains(file.name, "/refused/") {
			t.Errorf("%s lies in the wrong folder: wrangler refuses it = %v", file.name, refused)
		}
	}
	t.Logf("%d reads; wrangler refuses %d of the %d files for some environment", len(reads), len(refusals), len(own)+len(examples)+len(corpus))
}

// judge reports a difference, and an exception that is none any more.
func judge(t *testing.T, r read, difference string, excepted bool, reason string) {
	t.Helper()
	switch {
	case difference != "" && !excepted:
		t.Errorf("%s\n%s", r, difference)
	case difference == "" && excepted:
		t.Errorf("%s is read alike: it is no exception (%s)", r, reason)
	}
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
	config, err := wrangler.Load(f.path)
	if err != nil {
		t.Fatal(err)
	}
	return config
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
	if diff := cmp.Diff(normalized(theirs.Config), rendered(env)); diff != "" {
		return "(-wrangler +ours)\n" + diff
	}
	return ""
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

// configurations lists those below a folder; none if it is not there.
func configurations(t *testing.T, dir string) (files []file) {
	t.Helper()
	if _, err := os.Stat(dir); err != nil {
		t.Logf("%s is absent: nothing of it is compared", dir)
		return nil
	}
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
