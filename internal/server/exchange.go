package server

import (
	"io"
	"net/http"
	"time"
)

// exchange is a request's body and its answer on the wire, counted. Reading the body has a deadline
// that moves on with the bytes, where net/http has one for the whole, which a large value over a slow
// link would miss. That of writing is conn's.
type exchange struct {
	http.ResponseWriter
	wire   *http.ResponseController // of a request with a body
	limits *Limits

	body     io.ReadCloser
	deadline time.Time     // for the body
	waited   time.Duration // for the body
	in       int64         // bytes of the body that were read
	out      int64         // bytes of the answer's body
	status   int           // 0 until it is sent

	operation string // of the API; "" for what is served beside it
}

// Answering makes exchange an api.Witness.
func (e *exchange) Answering(operation string) { e.operation = operation }

// newExchange takes over the body of r, if it has one.
func newExchange(w http.ResponseWriter, r *http.Request, l *Limits, now time.Time) *exchange {
	e := &exchange{ResponseWriter: w, limits: l}
	if r.ContentLength != 0 {
		e.wire = http.NewResponseController(w)
		e.body, r.Body = r.Body, e
		e.allowRead(now) // for net/http too, which reads on when the handler does not
	}
	return e
}

// Unwrap is for http.ResponseController.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// allowRead moves the deadline, unless that is about where it should be. Deadlines cannot be
// set on what is no network connection, as in a test; then there are none.
func (e *exchange) allowRead(now time.Time) {
	next := now.Add(e.limits.patience(e.waited, e.in))
	if by := next.Sub(e.deadline).Abs(); by > e.limits.Stall/32 {
		e.deadline = next
		_ = e.wire.SetReadDeadline(next)
	}
}

// Read is the request's body.
func (e *exchange) Read(p []byte) (int, error) {
	began := time.Now()
	e.allowRead(began)
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
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *exchange) Write(p []byte) (int, error) {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	n, err := e.ResponseWriter.Write(p)
	e.out += int64(n)
	return n, err
}
