//go:build npm

package conformance

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// library is a process that does with a client library what it is asked to. The
// messages are those of gosdk/ask, which this module does not import.
type library struct {
	name string // of the library and its version
	in   io.WriteCloser
	ask  *json.Encoder
	hear *json.Decoder
}

// call is one that a library makes.
type call struct {
	Call         string          `json:"call"`
	BaseURL      string          `json:"base_url"`
	Token        string          `json:"token"`
	Account      string          `json:"account"`
	Namespace    string          `json:"namespace,omitempty"`
	Title        string          `json:"title,omitempty"`
	Key          string          `json:"key,omitempty"`
	Value        []byte          `json:"value,omitempty"`
	Metadata     json.RawMessage `json:"metadata,omitempty"`
	Expiration   int64           `json:"expiration,omitempty"`
	TTL          int64           `json:"expiration_ttl,omitempty"`
	Pairs        []bulkPair      `json:"pairs,omitempty"`
	Keys         []string        `json:"keys,omitempty"`
	Type         string          `json:"type,omitempty"`
	WithMetadata bool            `json:"with_metadata,omitempty"`
	Prefix       string          `json:"prefix,omitempty"`
	Cursor       string          `json:"cursor,omitempty"`
	Limit        int             `json:"limit,omitempty"`
	Page         int             `json:"page,omitempty"`
	PerPage      int             `json:"per_page,omitempty"`
	Order        string          `json:"order,omitempty"`
	Direction    string          `json:"direction,omitempty"`
	TokenID      string          `json:"token_id,omitempty"`
	Status       string          `json:"status,omitempty"`
	Group        string          `json:"group,omitempty"`
	Resource     string          `json:"resource,omitempty"`
}

// reply is what came of it.
type reply struct {
	Absent bool            `json:"absent"` // the library has no such call
	Error  string          `json:"error"`
	Status int             `json:"status"` // of an error: HTTP, and
	Code   int             `json:"code"`   // Cloudflare's
	Result json.RawMessage `json:"result"`
}

func goSDK(t *testing.T) *library      { return goLibrary(t, "cloudflare-go", "./v7") }
func olderGoSDK(t *testing.T) *library { return goLibrary(t, "cloudflare-go", "./v0") }

func typeScriptSDK(t *testing.T) *library {
	t.Helper()
	return startLibrary(t, "cloudflare-typescript", exec.Command("node", "sdk.mjs"))
}

// goLibrary builds a program of gosdk, which is a module of its own.
func goLibrary(t *testing.T, name, program string) *library {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "library")
	build := exec.Command("go", "build", "-o", binary, program)
	build.Dir = "gosdk"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", program, err, out)
	}
	return startLibrary(t, name, exec.Command(binary))
}

// startLibrary runs the process; it ends with the test.
func startLibrary(t *testing.T, name string, cmd *exec.Cmd) *library {
	t.Helper()
	cmd.Stderr = os.Stderr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()} // and no credentials of whoever tests
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	l := &library{name: name, in: in, ask: json.NewEncoder(in), hear: json.NewDecoder(out)}
	t.Cleanup(func() {
		l.in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", l.name, err)
		}
	})
	var hello struct {
		Result string `json:"result"`
	}
	if err := l.hear.Decode(&hello); err != nil {
		t.Fatalf("%s says nothing: %v", name, err)
	}
	l.name += " " + strings.TrimPrefix(hello.Result, "v")
	return l
}

// user has a library work in a flat.
type user struct {
	*flat
	library *library

	// What the calls on tokens, which follow each other, are about.
	edited token
	admin  string // the secret of a token that may manage others
}

// try makes a call. Where the library has none of the kind, the test is skipped.
func (u *user) try(t *testing.T, c call) reply {
	t.Helper()
	if c.BaseURL == "" {
		c.BaseURL = u.house.server.BaseURL()
	}
	if c.Token == "" {
		c.Token = u.token
	}
	if c.Account == "" {
		c.Account = u.account
	}
	var r reply
	err := u.library.ask.Encode(c)
	if err == nil {
		err = u.library.hear.Decode(&r)
	}
	if err != nil {
		t.Fatalf("%s, %s: %v", u.library.name, c.Call, err)
	}
	if r.Absent {
		t.Skipf("%s has nothing like this", u.library.name)
	}
	return r
}

// run is try for what has to work; it reads the result into v, unless that is nil or
// the library gives none.
func (u *user) run(t *testing.T, c call, v any) {
	t.Helper()
	r := u.try(t, c)
	if r.Error != "" {
		t.Fatalf("%s: %s (status %d, code %d)", c.Call, r.Error, r.Status, r.Code)
	}
	if v == nil || r.Result == nil {
		return
	}
	if err := json.Unmarshal(r.Result, v); err != nil {
		t.Fatalf("%s: result %.500s: %v", c.Call, r.Result, err)
	}
}

// refused is try for what must not work.
func (u *user) refused(t *testing.T, status, code int, c call) {
	t.Helper()
	if r := u.try(t, c); r.Error == "" || r.Status != status || r.Code != code {
		t.Errorf("%s: error %q with status %d and code %d, result %.200s; want %d, %d", c.Call, r.Error, r.Status, r.Code, r.Result, status, code)
	}
}
