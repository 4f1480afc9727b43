package queues

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// Headers of the protocol between workerd and a queue.
const (
	headerFormat = "X-Msg-Fmt"
	headerDelay  = "X-Msg-Delay-Secs"
	headerCode   = "CF-Queues-Error-Code"
	headerCause  = "CF-Queues-Error-Cause"
)

// maxRequest bounds a request: the largest batch, in base64 and with what is beside the bodies.
const maxRequest = 1 << 20

// codes of errors as a Worker sees them, behind the text. They are ours: Cloudflare lists none.
var codes = []struct {
	err          error
	status, code int
}{
	{ErrNotFound, http.StatusNotFound, 11000},
	{ErrTooLarge, http.StatusRequestEntityTooLarge, 10413},
	{ErrInvalid, http.StatusBadRequest, 10400},
}

// Handler serves a producer's binding: what workerd sends to a queue. Delay is that of messages without one,
// 0 for what the queue has.
//
// Source: experiments with workerd 2026-04-26 and 2026-11-17; the formats are miniflare's too.
func (s *Queues) Handler(account, name string, delay time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := s.produce(r, account, name, delay)
		var backlog Backlog
		if err == nil {
			backlog, err = s.Backlog(r.Context(), account, name)
		}
		if err != nil {
			// workerd takes an answer that comes before it has sent everything for a broken connection.
			_, _ = io.Copy(io.Discard, r.Body)
			refuse(w, r, s.o.Log, err)
			return
		}
		m := wireMetrics{Count: backlog.Count, Bytes: backlog.Bytes}
		if !backlog.Oldest.IsZero() {
			m.Oldest = backlog.Oldest.UnixMilli()
		}
		var answer any = m
		if r.Method != http.MethodGet {
			answer = wireSent{wireMetadata{m}}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // the client is gone, then
	})
}

type (
	wireSent struct {
		Metadata wireMetadata `json:"metadata"`
	}
	wireMetadata struct {
		Metrics wireMetrics `json:"metrics"`
	}
	wireMetrics struct {
		Count  int   `json:"backlogCount"`
		Bytes  int64 `json:"backlogBytes"`
		Oldest int64 `json:"oldestMessageTimestamp"` // Unix milliseconds; 0 for none
	}
	wireBatch struct {
		Messages []struct {
			Body   []byte `json:"body"` // base64
			Format Format `json:"contentType"`
			Delay  *int64 `json:"delaySecs"`
		} `json:"messages"`
	}
)

func refuse(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	status, code, cause := http.StatusInternalServerError, 10000, "internal error"
	for _, c := range codes {
		if errors.Is(err, c.err) {
			status, code, cause = c.status, c.code, err.Error()
		}
	}
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		log.Error("message not taken", "error", err)
	}
	w.Header().Set(headerCode, strconv.Itoa(code))
	w.Header().Set(headerCause, cause)
	w.WriteHeader(status)
}

// produce does what a request asks for; one for the backlog changes nothing.
func (s *Queues) produce(r *http.Request, account, name string, delay time.Duration) error {
	if r.Method == http.MethodGet && r.URL.Path == "/metrics" {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return fmt.Errorf("%w: it was not sent whole", ErrInvalid)
	}
	if len(body) > maxRequest {
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, maxRequest)
	}
	messages, err := parse(r.URL.Path, r.Header, body, delay)
	if err != nil {
		return err
	}
	return s.Send(r.Context(), account, name, messages...)
}

// parse reads the messages of a request of workerd's.
func parse(path string, header http.Header, body []byte, delay time.Duration) ([]Sending, error) {
	var common *time.Duration
	if delay != 0 {
		common = &delay
	}
	if text := header.Get(headerDelay); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: delay %q is no number of seconds", ErrInvalid, text)
		}
		if common, err = Delay(&n); err != nil {
			return nil, err
		}
	}
	switch path {
	case "/message":
		return []Sending{{Format: orV8(Format(header.Get(headerFormat))), Body: body, Delay: common}}, nil
	case "/batch":
		var batch wireBatch
		if err := json.Unmarshal(body, &batch); err != nil {
			return nil, fmt.Errorf("%w: no batch: %w", ErrInvalid, err)
		}
		var all []Sending
		for _, m := range batch.Messages {
			own, err := Delay(m.Delay)
			if err != nil {
				return nil, err
			}
			if own == nil {
				own = common
			}
			all = append(all, Sending{Format: orV8(m.Format), Body: m.Body, Delay: own})
		}
		return all, nil
	}
	return nil, fmt.Errorf("%w: nothing is sent to %q", ErrInvalid, path)
}

// orV8 is the format of a message; without one it is as old compatibility dates send it.
func orV8(f Format) Format {
	if f == "" {
		return V8
	}
	return f
}

// Delay makes a delay of seconds, nil of nil: ErrInvalid.
func Delay(seconds *int64) (*time.Duration, error) {
	if seconds == nil {
		return nil, nil
	}
	if *seconds < 0 || *seconds > int64(MaxDelay/time.Second) {
		return nil, fmt.Errorf("%w: a delay of %d s, must be 0 to %d", ErrInvalid, *seconds, int64(MaxDelay/time.Second))
	}
	d := time.Duration(*seconds) * time.Second
	return &d, nil
}

func (m *Sending) validate() error {
	switch m.Format {
	case JSON:
		if !json.Valid(m.Body) {
			return fmt.Errorf("%w: the body is no JSON", ErrInvalid)
		}
	case Text:
		if !utf8.Valid(m.Body) {
			return fmt.Errorf("%w: the body is no UTF-8 text", ErrInvalid)
		}
	case Bytes, V8:
	default:
		return fmt.Errorf("%w: content type %q, must be json, text, bytes or v8", ErrInvalid, m.Format)
	}
	return nil
}
