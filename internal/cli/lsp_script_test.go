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
// message, waits for the answer if it is a request, and prints what comes back, a line a message. $WORK stands for the
// script's folder both ways.
func editor(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: editor FILE")
	}
	work := ts.Getenv("WORK")
	cmd := exec.Command("bindery", "lsp", "--stdio")
	cmd.Dir = ts.MkAbs(".")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	answers := textproto.NewReader(bufio.NewReader(out))
	for line := range strings.Lines(strings.ReplaceAll(ts.ReadFile(args[0]), "$WORK", work)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		_, err := fmt.Fprintf(in, "Content-Length: %d\r\n\r\n%s", len(line), line)
		ts.Check(err)
		for asked := idOf(ts, []byte(line)); asked != ""; {
			if id := printMessage(ts, answers, work); id == asked || id == "end" {
				break
			}
		}
	}
	ts.Check(in.Close())
	for printMessage(ts, answers, work) != "end" {
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	if (err != nil) != neg {
		ts.Fatalf("bindery lsp: %v\n%s", err, &errs)
	}
	fmt.Fprint(ts.Stderr(), &errs)
}

// printMessage prints the next message and returns its id, "" if it has none, "end" behind the last.
func printMessage(ts *testscript.TestScript, r *textproto.Reader, work string) (id string) {
	header, err := r.ReadMIMEHeader()
	if errors.Is(err, io.EOF) {
		return "end"
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
	return idOf(ts, body)
}

func idOf(ts *testscript.TestScript, message []byte) string {
	var m struct{ ID json.RawMessage }
	ts.Check(json.Unmarshal(message, &m))
	return string(m.ID)
}
