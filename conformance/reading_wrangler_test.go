//go:build npm

package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// answer is what wrangler makes of one read.
type answer struct {
	OK     bool           `json:"ok"`
	Error  string         `json:"error"`
	Config map[string]any `json:"config"`
}

// askWrangler reads all of them in one Node process, as starting one takes longer than a thousand reads.
func askWrangler(t *testing.T, reads []read) []answer {
	t.Helper()
	if _, err := os.Stat("node_modules/wrangler"); err != nil {
		t.Fatal("wrangler is not installed; run: npm ci --prefix conformance")
	}
	var questions bytes.Buffer
	for _, r := range reads {
		path, err := filepath.Abs(r.path)
		if err != nil {
			t.Fatal(err)
		}
		question := map[string]any{"file": path}
		if r.env != "" {
			question["env"] = r.env
		}
		line, err := json.Marshal(question)
		if err != nil {
			t.Fatal(err)
		}
		questions.Write(append(line, '\n'))
	}

	node := exec.Command("node", "read-config.mjs")
	node.Stdin = &questions
	node.Stderr = os.Stderr
	node.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + t.TempDir(),
		"WRANGLER_LOG_PATH=" + t.TempDir(),
		"WRANGLER_SEND_METRICS=false",
		"WRANGLER_SEND_ERROR_REPORTS=false",
		"npm_registry=http://127.0.0.1:9/", // an unknown key makes wrangler look for a newer version of itself
	}
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node read-config.mjs: %v", err)
	}
	var answers []answer
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("answer of wrangler: %v\n%s", err, lines.Bytes())
		}
		answers = append(answers, a)
	}
	if len(answers) != len(reads) {
		t.Fatalf("%d answers to %d reads", len(answers), len(reads))
	}
	return answers
}
