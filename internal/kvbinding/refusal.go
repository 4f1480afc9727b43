package kvbinding

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/bindery-dev/bindery/internal/kv"
)

// refusal is an answer that the Worker sees as an exception: KV METHOD failed: STATUS
// REASON. Only the status line counts, the body is thrown away.
type refusal struct {
	status int
	reason string
}

func (e *refusal) Error() string { return fmt.Sprintf("%d %s", e.status, e.reason) }

// refused makes one. Without a reason it is what HTTP calls the status.
func refused(status int, reason string, args ...any) *refusal {
	if reason == "" {
		return &refusal{status, http.StatusText(status)}
	}
	return &refusal{status, fmt.Sprintf(reason, args...)}
}

var errKeyEncoding = refused(http.StatusBadRequest, "Could not URL-decode key name")

// checkKey is kv.CheckKey in the words of a binding. workerd judges single keys itself,
// but not those of a bulk get.
func checkKey(key string) error {
	switch err := kv.CheckKey(key); {
	case err == nil:
		return nil
	case key == "":
		return refused(http.StatusBadRequest, "Key names must not be empty")
	case key == "." || key == "..":
		return refused(http.StatusBadRequest, "Illegal key name %q. Please use a different name.", key)
	case errors.Is(err, kv.ErrKeyTooLong):
		return keyTooLong(key)
	default: // no UTF-8: half a surrogate pair
		return errKeyEncoding
	}
}

func keyTooLong(key string) error {
	return refused(http.StatusRequestURITooLong, "UTF-8 encoded length of %d exceeds key length limit of %d.", len(key), kv.MaxKeyBytes)
}

func valueTooLarge(size int64) error {
	return refused(http.StatusRequestEntityTooLarge, "Value length of %d exceeds limit of %d.", size, kv.MaxValueBytes)
}

// refusalOf finds the words for an error. A namespace that is not there must not be 404,
// which to a get means no value: the Worker would take it for an empty namespace.
func refusalOf(err error) *refusal {
	var known *refusal
	var expiration *kv.ExpirationError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &expiration):
		return refused(http.StatusBadRequest, "%s", expiration.Error())
	case errors.Is(err, kv.ErrKeyNotFound):
		return refused(http.StatusNotFound, "")
	case errors.Is(err, kv.ErrCursorInvalid):
		return refused(http.StatusBadRequest, "Invalid cursor. Please use the one of the previous list, with the same prefix.")
	case errors.Is(err, kv.ErrNamespaceNotFound):
		return refused(http.StatusBadRequest, "KV namespace not found")
	case errors.Is(err, kv.ErrUnauthenticated):
		return refused(http.StatusUnauthorized, "")
	case errors.Is(err, kv.ErrPermission):
		return refused(http.StatusForbidden, "")
	case errors.Is(err, kv.ErrTooSoon):
		return refused(http.StatusTooManyRequests, "")
	case errors.Is(err, kv.ErrUnavailable):
		return refused(http.StatusServiceUnavailable, "")
	}
	return refused(http.StatusInternalServerError, "")
}

// drainBytes is how much of a body is read after it has been refused. workerd reads no
// answer before it has sent all: it would see a lost connection.
const drainBytes = 1 << 30

// drain reads the rest of the body and says how much that was.
func drain(r *http.Request) int64 {
	n, _ := io.CopyN(io.Discard, r.Body, drainBytes)
	return n
}

// refuse answers with an error, and without a body, which would cost workerd the
// connection.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := refusalOf(err)
	if e.status >= http.StatusInternalServerError && r.Context().Err() == nil {
		h.log.Error("KV call failed", keyOperation, r.Method, keyError, err)
	}
	drain(r)
	if e.reason != http.StatusText(e.status) && sayWhy(w, e) {
		return
	}
	w.Header()["Content-Length"] = []string{"0"}
	w.WriteHeader(e.status)
}

// sayWhy answers with a reason phrase, which net/http has no way to set. It costs the
// connection.
func sayWhy(w http.ResponseWriter, e *refusal) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	defer conn.Close()
	reason := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, e.reason)
	fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", e.status, reason)
	return true
}
