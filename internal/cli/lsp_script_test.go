package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// serverVersion depends on how the tests are built.
var serverVersion = regexp.MustCompile(`"version":"[^"]*"}`)

// editor plays an editor's side of a session with bindery lsp: editor FILE sends each line of FILE, which is a JSON-RPC
// message, and prints what comes back, a line a message. $WORK stands for the script's folder both ways.
func editor(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: editor FILE")
	}
	work := ts.Getenv("WORK")
	var in bytes.Buffer
	for line := range strings.Lines(strings.ReplaceAll(ts.ReadFile(args[0]), "$WORK", work)) {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(&in, "Content-Length: %d\r\n\r\n%s", len(line), line)
		}
	}
	cmd := exec.Command("bindery", "lsp", "--stdio")
	cmd.Dir = ts.MkAbs(".")
	cmd.Stdin = &in
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	if (err != nil) != neg {
		ts.Fatalf("bindery lsp: %v\n%s", err, &errs)
	}
	fmt.Fprint(ts.Stderr(), &errs)
	for r := textproto.NewReader(bufio.NewReader(bytes.NewReader(out))); ; {
		header, err := r.ReadMIMEHeader()
		if errors.Is(err, io.EOF) {
			return
		}
		ts.Check(err)
		n, err := strconv.Atoi(header.Get("Content-Length"))
		ts.Check(err)
		body := make([]byte, n)
		_, err = io.ReadFull(r.R, body)
		ts.Check(err)
		var compact bytes.Buffer
		ts.Check(json.Compact(&compact, body))
		line := serverVersion.ReplaceAllString(compact.String(), `"version":"$$VERSION"}`)
		fmt.Fprintln(ts.Stdout(), strings.ReplaceAll(line, work, "$WORK"))
	}
}
