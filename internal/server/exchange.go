package server

import (
	"io"
	"net/http"
	"time"
)

// pieceBytes of an answer are written under one deadline.
const pieceBytes = 32 << 10

// exchange is a request's body and its answer on the wire. Both have deadlines that move on with the
// bytes, where net/http has one for the whole, which a large value over a slow link would miss.
type exchange struct {
	http.ResponseWriter
	wire   *http.ResponseController
	limits *Limits

	body   io.ReadCloser
	waited time.Duration // for the body
	in     int64         // bytes of the body that were read
	out    int64         // bytes of the answer's body
	status int           // 0 until it is sent

	operation string // of the API; "" for what is served beside it
}

// Answering makes exchange an api.Witness.
func (e *exchange) Answering(operation string) { e.operation = operation }

// newExchange takes over the body of r, if it has one.
func newExchange(w http.ResponseWriter, r *http.Request, l *Limits) *exchange {
	e := &exchange{ResponseWriter: w, wire: http.NewResponseController(w), limits: l}
	if r.ContentLength != 0 {
		e.body, r.Body = r.Body, e
		e.allowRead(time.Now()) // for net/http too, which reads on when the handler does not
	}
	return e
}

// Unwrap is for http.ResponseController.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// Deadlines cannot be set on what is no network connection, as in a test; then there are none.
func (e *exchange) allowRead(now time.Time) {
	_ = e.wire.SetReadDeadline(now.Add(e.limits.patience(e.waited, e.in)))
}
func (e *exchange) allowWrite() { _ = e.wire.SetWriteDeadline(time.Now().Add(e.limits.Stall)) }

// Read is the request's body.
func (e *exchange) Read(p []byte) (int, error) {
	began := time.Now()
	e.allowRead(began)
	if e.in == 0 {
		e.allowWrite() // of "100 Continue", which this may send
	}
	n, err := e.body.Read(p)
	e.waited += time.Since(began)
	e.in += int64(n)
	if err == io.EOF {
		_ = e.wire.SetReadDeadline(time.Time{}) // net/http now watches for the client to leave, however long the answer takes
	}
	return n, err
}

// Close is the request's body's.
func (e *exchange) Close() error { return e.body.Close() }

func (e *exchange) WriteHeader(status int) {
	if e.status == 0 && status >= 200 {
		e.status = status
		e.allowWrite()
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *exchange) Write(p []byte) (n int, err error) {
	if e.status == 0 {
		e.WriteHeader(http.StatusOK)
	}
	for more := true; more && err == nil; more = n < len(p) {
		e.allowWrite() // again after the header: a Worker may send that long before its first event
		var m int
		m, err = e.ResponseWriter.Write(p[n:min(n+pieceBytes, len(p))])
		n += m
		e.out += int64(m)
	}
	return n, err
}
