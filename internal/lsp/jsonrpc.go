package lsp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxMessage is the longest message that is read, in bytes: a configuration is a few thousand, a whole workspace's worth
// of them far below it.
const maxMessage = 64 << 20

// maxHeader is the longest header that is read, in bytes.
const maxHeader = 8 << 10

// message is a request (ID and Method), a notification (Method) or a response (ID) of JSON-RPC 2.0.
type message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`

	malformed error // the text was no JSON, or no message
}

// The error codes of JSON-RPC and of the Language Server Protocol that are answered.
const (
	codeParseError       = -32700
	codeInvalidRequest   = -32600
	codeMethodNotFound   = -32601
	codeInvalidParams    = -32602
	codeInternal         = -32603
	codeNotInitialized   = -32002
	codeRequestCancelled = -32800
)

// rpcError is what a request is answered with when it cannot be served.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return e.Message }

func errorf(code int, format string, args ...any) *rpcError {
	return &rpcError{code, fmt.Sprintf(format, args...)}
}

// reader splits a stream into messages.
type reader struct{ in *bufio.Reader }

func newReader(in io.Reader) *reader { return &reader{bufio.NewReaderSize(in, maxHeader)} }

// read returns the next message; io.EOF where the stream ends between two. A body that is no message is returned as
// malformed; a header that cannot be understood is an error, as nobody knows where the next message starts.
func (r *reader) read() (*message, error) {
	length, err := r.header()
	if err != nil {
		return nil, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r.in, body); err != nil {
		return nil, fmt.Errorf("message of %d bytes: %w", length, io.ErrUnexpectedEOF)
	}
	m := &message{}
	if err := json.Unmarshal(body, m); err != nil {
		return &message{malformed: err}, nil
	}
	return m, nil
}

// header reads up to the empty line and returns the length of the body.
func (r *reader) header() (length int, err error) {
	length = -1
	for first := true; ; first = false {
		line, err := r.in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && first && len(line) == 0:
			return 0, io.EOF
		case errors.Is(err, bufio.ErrBufferFull):
			return 0, fmt.Errorf("a header line is longer than %d bytes", maxHeader)
		case err != nil:
			return 0, fmt.Errorf("header: %w", io.ErrUnexpectedEOF)
		}
		name, value, ok := strings.Cut(strings.TrimSpace(string(line)), ":")
		switch {
		case name == "" && !ok:
			if length < 0 {
				return 0, errors.New("a header has no Content-Length")
			}
			return length, nil
		case !ok:
			return 0, fmt.Errorf("header line %.40q has no colon", name)
		case strings.EqualFold(name, "Content-Length"):
			length, err = strconv.Atoi(strings.TrimSpace(value))
			if err != nil || length < 0 || length > maxMessage {
				return 0, fmt.Errorf("Content-Length %.40q is no number from 0 to %d", strings.TrimSpace(value), maxMessage)
			}
		}
	}
}

// writeMessage frames one message.
func writeMessage(out io.Writer, m any) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return err
}
