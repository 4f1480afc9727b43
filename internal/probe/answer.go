package probe

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"
)

// refusal is an answer that says no.
type refusal struct {
	status     int
	retryAfter time.Duration
	body       refusalBody
}

type refusalBody struct {
	Success bool `json:"success"`
	Error   struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func refuse(status int, code, message string) *refusal {
	r := &refusal{status: status}
	r.body.Error.Code, r.body.Error.Message = code, message
	return r
}

// rateLimited refuses until wait has passed; Retry-After counts in whole seconds.
func rateLimited(wait time.Duration) *refusal {
	r := refuse(http.StatusTooManyRequests, "rate_limited", "too many requests; the header Retry-After says in how many seconds to come back")
	r.retryAfter = wait
	return r
}

func (r *refusal) write(w http.ResponseWriter) {
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(r.retryAfter.Seconds()))))
	}
	writeJSON(w, r.status, r.body)
}

// writeJSON sends body, compact and with <, > and & as they are.
func writeJSON(w http.ResponseWriter, status int, body any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil { // only a type of ours that is no JSON could do that
		http.Error(w, `{"success":false,"error":{"code":"internal","message":"answer is no JSON"}}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the caller is gone: nobody is left to tell
}

// printable shortens what a caller sent, for a message.
func printable(s string) string {
	const limit = 64
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return strconv.QuoteToGraphic(s)
}
