package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"
)

// session is the connection to one editor. Everything in it belongs to the goroutine of Server.Run.
type session struct {
	server   *Server
	out      io.Writer
	writeErr error // the first; nothing is written after it
	log      *slog.Logger

	initialized, shutdown, exited bool
	canWatch                      bool // the editor tells of changed files if it is asked to

	folders []string             // absolute paths
	open    map[string]*document // by absolute path

	quiet   *time.Timer        // runs while changes wait to be judged
	changes int                // how many there were
	touched map[string]bool    // the files that changed since the last judgement of use
	cancel  context.CancelFunc // of the judgement under way; nil: none is
	judged  chan judgement     // takes the result of that one
	due     bool               // the next may begin as soon as that one has ended
	waiting []*message         // requests that want the text judged which the editor shows now

	last      judgement       // that was of use
	published map[string]bool // the paths for which the editor shows findings
}

// document is a file as the editor shows it.
type document struct {
	uri     string // as the editor writes it
	version *int
	text    []byte
}

func newSession(s *Server, out io.Writer) *session {
	log := s.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	return &session{
		server: s, out: out, log: log, open: map[string]*document{}, quiet: quiet, touched: map[string]bool{},
		judged: make(chan judgement, 1), published: map[string]bool{},
	}
}

// ending says whether the connection ended as it should.
func (c *session) ending() error {
	if c.initialized && !c.shutdown {
		return ErrNoShutdown
	}
	return nil
}

// handle serves one message. What goes wrong in it, a panic included, is answered and does not end the session.
func (c *session) handle(ctx context.Context, m *message) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic", "method", m.Method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			c.fail(m, errorf(codeInternal, "bindery failed: %v; this is a bug", p))
		}
	}()
	switch {
	case m.malformed != nil:
		c.write(response{ID: json.RawMessage("null"), Error: errorf(codeParseError, "%v", m.malformed)})
		return
	case m.Method == "":
		return // the answer to a request of ours
	}
	if err := c.mayServe(m.Method); err != nil {
		c.fail(m, err)
		return
	}
	if m.Method == methodCodeAction && !c.upToDate() {
		c.waiting = append(c.waiting, m) // its edits have to be of the text that the editor shows
		c.startJudging(ctx)
		return
	}
	c.serve(ctx, m)
}

// serve answers a message that may be served now.
func (c *session) serve(ctx context.Context, m *message) {
	serve, known := methods[m.Method]
	if !known {
		c.fail(m, errorf(codeMethodNotFound, "bindery does not serve %s", m.Method))
		return
	}
	result, err := serve(c, ctx, m.Params)
	if err != nil {
		c.fail(m, err)
		return
	}
	if m.ID != nil {
		c.write(response{ID: m.ID, Result: orNull(result)})
	}
}

const methodCodeAction = "textDocument/codeAction"

// methods is what the server serves; whatever else begins with $/ may be left out silently.
var methods = map[string]func(c *session, ctx context.Context, params json.RawMessage) (any, *rpcError){
	"initialize":                          (*session).initialize,
	"initialized":                         (*session).watchFiles,
	"shutdown":                            (*session).shutDown,
	"exit":                                (*session).exit,
	"$/cancelRequest":                     (*session).cancelRequest,
	"textDocument/didOpen":                (*session).didOpen,
	"textDocument/didChange":              (*session).didChange,
	"textDocument/didSave":                (*session).didSave,
	"textDocument/didClose":               (*session).didClose,
	"workspace/didChangeWatchedFiles":     (*session).filesChanged,
	"workspace/didChangeWorkspaceFolders": (*session).didChangeFolders,
	"textDocument/hover":                  (*session).hover,
	methodCodeAction:                      (*session).codeActions,
	"textDocument/documentLink":           (*session).documentLinks,
}

// mayServe keeps to the order that the protocol prescribes.
func (c *session) mayServe(method string) *rpcError {
	switch {
	case method == "exit":
		return nil
	case c.shutdown:
		return errorf(codeInvalidRequest, "%s after shutdown", method)
	case !c.initialized && method != "initialize":
		return errorf(codeNotInitialized, "%s before initialize", method)
	}
	return nil
}

// fail answers a request; a notification has nobody who would read the answer.
func (c *session) fail(m *message, err *rpcError) {
	if m.ID != nil {
		c.write(response{ID: m.ID, Error: err})
		return
	}
	c.log.Warn("notification not served", "method", m.Method, "reason", err.Message)
}

type response struct {
	JSONRPC version         `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

type request struct {
	JSONRPC version `json:"jsonrpc"`
	ID      string  `json:"id,omitempty"` // none: a notification
	Method  string  `json:"method"`
	Params  any     `json:"params"`
}

// version is the one of JSON-RPC.
type version struct{}

func (version) MarshalText() ([]byte, error) { return []byte("2.0"), nil }

// orNull is the result of a request: a response without an error has one, even if that is null.
func orNull(result any) json.RawMessage {
	text, err := json.Marshal(result)
	if err != nil {
		panic(err) // only our own structures come here
	}
	return text
}

func (c *session) notify(method string, params any) { c.write(request{Method: method, Params: params}) }

func (c *session) write(m any) {
	if c.writeErr == nil {
		c.writeErr = writeMessage(c.out, m)
	}
}

// decode reads params into a T.
func decode[T any](params json.RawMessage) (T, *rpcError) {
	var into T
	if err := json.Unmarshal(params, &into); err != nil {
		return into, errorf(codeInvalidParams, "%v", err)
	}
	return into, nil
}
