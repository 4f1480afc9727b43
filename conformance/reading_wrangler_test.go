//go:build npm

package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// release is a wrangler that is installed in a folder.
type release struct {
	version string
	folder  string
}

// The newest wrangler is the one that our reader follows. Of the older one it is only listed where it differs.
var (
	newest = release{"4.164.0", "newest"}
	older  = release{"4.86.0", "."}
)

// node is the Node that came with the release, and the machine's where none did.
func (r release) node() string {
	own := filepath.Join(r.folder, "node_modules", ".bin", "node")
	if path, err := filepath.Abs(own); err == nil {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return "node"
}

// question is a read that wrangler is asked for.
type question struct {
	File   string `json:"file"`
	Env    string `json:"env,omitempty"`
	Source []byte `json:"source,omitzero"` // what to read in the place of File; nil is what it holds
}

// about asks what wrangler makes of source as the file at path; an empty one is a file, too.
func about(path, env string, source []byte) question {
	return question{File: path, Env: env, Source: append([]byte{}, source...)}
}

// answer is what wrangler makes of it.
type answer struct {
	OK     bool           `json:"ok"`
	Error  string         `json:"error"`
	Config map[string]any `json:"config"`
}

// reader is a Node process in which wrangler's reader waits for questions: starting one takes longer than a thousand reads.
type reader struct {
	questions io.WriteCloser
	answers   *bufio.Reader
}

// startReader starts a release's reader; it ends with the test.
func startReader(t *testing.T, r release) *reader {
	t.Helper()
	if _, err := os.Stat(filepath.Join(r.folder, "node_modules", "wrangler")); err != nil {
		t.Fatalf("wrangler %s is not installed; run: make conformance", r.version)
	}
	script, err := filepath.Abs("read-config.mjs")
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command(r.node(), script)
	node.Dir = r.folder
	node.Stderr = os.Stderr
	node.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + t.TempDir(),
		"WRANGLER_LOG_PATH=" + t.TempDir(),
		"WRANGLER_SEND_METRICS=false",
		"WRANGLER_SEND_ERROR_REPORTS=false",
		"npm_config_registry=http://127.0.0.1:9/", // an unknown key makes wrangler look for a newer version of itself
	}
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatalf("start the reader of wrangler %s: %v", r.version, err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := node.Wait(); err != nil {
			t.Errorf("the reader of wrangler %s: %v", r.version, err)
		}
	})
	return &reader{questions: in, answers: bufio.NewReaderSize(out, 1<<20)}
}

// ask hands each answer to yield, in the order of the questions.
func (r *reader) ask(t *testing.T, questions []question, yield func(i int, a answer)) {
	t.Helper()
	var writing sync.WaitGroup
	writing.Go(func() {
		out := json.NewEncoder(r.questions)
		for _, q := range questions {
			if out.Encode(q) != nil {
				return // the answer that is missing says so
			}
		}
	})
	defer writing.Wait()
	for i := range questions {
		line, err := r.answers.ReadBytes('\n')
		if err == nil {
			var a answer
			if err = json.Unmarshal(line, &a); err == nil {
				yield(i, a)
				continue
			}
		}
		r.questions.Close()
		t.Fatal(fmt.Errorf("answer of wrangler to %s: %w", questions[i].File, err))
	}
}
