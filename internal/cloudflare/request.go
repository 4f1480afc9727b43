package cloudflare

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// maxAnswer bounds what is read of an enveloped answer. The longest is a bulk get:
// kv.MaxBulkGetBytes of values, each byte of which JSON may spell with six.
const maxAnswer = 256 << 20

// maxWait is how long in all a call waits for the API where [Options.Patience] does not say
// it: whoever looks something up would rather hear what is wrong. Cloudflare blocks for up
// to five minutes.
const maxWait = 20 * time.Second

// request is one call of the API.
type request struct {
	method string
	path   string // below the base URL, escaped
	query  url.Values
	body   body
	// once: the call is not idempotent, so it is not repeated.
	once bool
}

// body is sent as its parts, one after the other, and can be sent again.
type body struct {
	contentType string
	parts       [][]byte
}

func jsonBody(v any) (body, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return body{}, err
	}
	return body{contentType: "application/json", parts: [][]byte{b.Bytes()}}, nil
}

func (b body) size() (n int64) {
	for _, p := range b.parts {
		n += int64(len(p))
	}
	return n
}

func (b body) open() io.ReadCloser {
	readers := make([]io.Reader, len(b.parts))
	for i, p := range b.parts {
		readers[i] = bytes.NewReader(p)
	}
	return io.NopCloser(io.MultiReader(readers...))
}

// call sends q and decodes the envelope of the answer. info is nil or a pointer to
// the kind of result_info that the route answers.
func call[R any](ctx context.Context, c *Client, q request, info any) (R, error) {
	var result R
	err := c.send(ctx, q, func(res *http.Response) error {
		env := wire.Envelope[R]{ResultInfo: info}
		err := readEnvelope(q, res, &env)
		result = env.Result
		return err
	})
	return result, err
}

// exec is call for answers whose result nobody reads.
func (c *Client) exec(ctx context.Context, q request) error {
	_, err := call[json.RawMessage](ctx, c, q, nil)
	return err
}

// send sends q, when the limiter lets it, and again if that may help, until read accepts an
// answer. Each try has its own deadline, which covers reading the body.
func (c *Client) send(ctx context.Context, q request, read func(*http.Response) error) error {
	patience := cmp.Or(c.o.Patience, maxWait)
	var last error
	for try := 0; ; try++ {
		if err := c.admit(ctx, &patience); err != nil {
			return cmp.Or(last, err)
		}
		started := time.Now()
		wait, err := c.try(ctx, q, read)
		c.o.Log.DebugContext(ctx, "request answered", "method", q.method, "path", q.path, "try", try, "took", time.Since(started), "err", err)
		if err == nil || q.once || !retryable(err) || ctx.Err() != nil {
			return err
		}
		last = err
		switch {
		case isThrottled(err) && c.o.Patience > 0:
			try-- // what the API refuses for its limit does not count; patience bounds it
			continue
		case try >= c.o.Retries:
			return err
		case isThrottled(err): // the limiter knows how long
			continue
		case wait == 0:
			wait = backoff(try)
		}
		if !pause(ctx, wait, &patience) {
			return err
		}
	}
}

// admit waits until the limiter lets a call go, as long as patience lasts.
func (c *Client) admit(ctx context.Context, patience *time.Duration) error {
	for {
		wait := c.pace.admit(time.Now())
		if wait.For == 0 {
			return nil
		}
		if wait.For >= time.Second && wait.For <= *patience && c.o.Waiting != nil {
			c.o.Waiting(wait)
		}
		if !pause(ctx, wait.For, patience) {
			return cmp.Or(context.Cause(ctx), error(&LimitError{Wait: wait}))
		}
	}
}

// pause waits. It says no if that takes more than is left of patience, and when ctx ends.
func pause(ctx context.Context, wait time.Duration, patience *time.Duration) bool {
	if *patience -= wait; *patience < 0 {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// backoff is about 0.5 s, then 1 s, 2 s, …, a quarter of it by chance, so that
// clients refused together do not come back together.
func backoff(try int) time.Duration {
	d := 500 * time.Millisecond << min(try, 5)
	return d - rand.N(d/4)
}

// try sends q once. wait is what the answer's Retry-After asks for, 0 if nothing. The
// limiter has let it go, and hears of the answer.
func (c *Client) try(ctx context.Context, q request, read func(*http.Response) error) (wait time.Duration, err error) {
	sent := time.Now()
	var header http.Header
	defer func() { c.pace.answered(sent, time.Now(), header, isThrottled(err)) }()
	tryCtx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	req, err := c.newRequest(tryCtx, q)
	if err != nil {
		return 0, err
	}
	c.calls.Add(1)
	res, err := c.http.Do(req)
	if err != nil {
		return 0, c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	header = res.Header
	err = read(res)
	var refused *APIError
	switch {
	case err == nil:
		// What is left of the body is a few bytes at most; reading it frees the
		// connection for the next request.
		_, _ = io.CopyN(io.Discard, res.Body, 512)
	case errors.As(err, &refused), errors.Is(err, kv.ErrValueTooLarge):
	default: // the connection broke while the body was read
		err = c.unreachable(ctx, err)
	}
	return retryAfter(res.Header, time.Now()), err
}

func (c *Client) newRequest(ctx context.Context, q request) (*http.Request, error) {
	if strings.ContainsFunc(string(c.o.Token), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, errTokenMalformed
	}
	target := c.o.BaseURL + q.path
	if len(q.query) > 0 {
		target += "?" + q.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, q.method, target, nil)
	if err != nil {
		var op *url.Error // names the whole URL again
		if errors.As(err, &op) {
			err = op.Err
		}
		return nil, &BaseURLError{URL: displayURL(c.o.BaseURL), Err: err}
	}
	if (req.URL.Scheme != "http" && req.URL.Scheme != "https") || req.URL.Host == "" {
		return nil, &BaseURLError{URL: displayURL(c.o.BaseURL), Err: errors.New("it does not start with https:// or http:// and a host")}
	}
	if q.body.parts != nil {
		req.Body, req.ContentLength = q.body.open(), q.body.size()
		req.GetBody = func() (io.ReadCloser, error) { return q.body.open(), nil }
		if req.ContentLength == 0 {
			req.Body = http.NoBody
		}
		req.Header.Set("Content-Type", q.body.contentType)
	}
	if c.o.Token != "" {
		req.Header.Set("Authorization", "Bearer "+string(c.o.Token))
	}
	req.Header.Set("User-Agent", c.o.UserAgent)
	return req, nil
}

// readEnvelope decodes an enveloped answer into env, or turns it into an APIError.
// Success is the word of both, the status and the envelope: clients of Cloudflare look
// at one or the other, and each was seen to lie.
func readEnvelope[R any](q request, res *http.Response, env *wire.Envelope[R]) error {
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return decodeEnvelope(q, res, raw, env)
}

// decodeEnvelope is readEnvelope of an answer that was read.
func decodeEnvelope[R any](q request, res *http.Response, raw []byte, env *wire.Envelope[R]) error {
	accepted := res.StatusCode >= 200 && res.StatusCode < 300
	if accepted && json.Unmarshal(raw, env) == nil && env.Success {
		return nil
	}
	return refusal(q, res, raw)
}

// refusal makes an APIError of an answer that was no success.
func refusal(q request, res *http.Response, raw []byte) *APIError {
	e := &APIError{Method: q.method, Path: q.path, Status: res.StatusCode, Ray: printable(res.Header.Get("CF-RAY"))}
	var said wire.Envelope[json.RawMessage]
	err := json.Unmarshal(raw, &said)
	switch {
	case err == nil && len(said.Errors) > 0:
		e.Code, e.Message = said.Errors[0].Code, printable(said.Errors[0].Message)
	case err == nil && said.Success:
		e.Message = "the answer does not have the expected form"
	default:
		e.Message = "the answer is not one of Cloudflare's API"
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "" && kind != "application/json" {
			e.Message += ", but " + kind
		}
	}
	return e
}

// printable keeps what a server says from steering the terminal that shows it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}

// retryable says whether sending the same request again may help.
func retryable(err error) bool {
	var refused *APIError
	if errors.As(err, &refused) {
		return refused.throttled() || refused.Status >= 500
	}
	var lost *UnreachableError
	return errors.As(err, &lost) && !lost.Timeout
}

// isThrottled says whether the API refused for its limit.
func isThrottled(err error) bool {
	var refused *APIError
	return errors.As(err, &refused) && refused.throttled()
}

// retryAfter reads seconds or an HTTP date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
