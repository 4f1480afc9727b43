package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// side is a server under load.
type side struct {
	url   func(key string) string
	token string
	keys  int // largeKey(0) and so on
}

// plain is a server that has values at /KEY.
func plain(p *process, keys int) side {
	return side{url: func(key string) string { return p.url + "/" + key }, keys: keys}
}

// contender is a side with where its readings go.
type contender struct {
	side
	rate, p99 *samples
}

// compete puts the same load on all, in turns. The first turn of each warms it up.
func compete(ctx context.Context, method string, connections, rounds int, turn time.Duration, all ...contender) error {
	for round := range rounds + 1 {
		for _, c := range all {
			rate, p99, err := load(ctx, c.side, method, connections, turn)
			if err != nil {
				return err
			}
			if round == 0 {
				continue
			}
			c.rate.add(rate)
			if c.p99 != nil {
				c.p99.add(millis(p99))
			}
		}
	}
	return nil
}

// load keeps connections busy for one turn, with keys at random. It returns requests a second, and the time that all but
// one in a hundred took less than.
func load(ctx context.Context, s side, method string, connections int, turn time.Duration) (rate float64, p99 time.Duration, err error) {
	g, ctx := errgroup.WithContext(ctx)
	times := make([][]time.Duration, connections)
	start := time.Now()
	for i := range connections {
		g.Go(func() error {
			c, err := dial(s)
			if err != nil {
				return err
			}
			defer c.Close()
			for ctx.Err() == nil && time.Since(start) < turn {
				sent := time.Now()
				if err := c.request(method, largeKey(rand.IntN(s.keys))); err != nil {
					return err
				}
				times[i] = append(times[i], time.Since(sent))
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return 0, 0, err
	}
	took := time.Since(start)
	all := slices.Concat(times...)
	slices.Sort(all)
	return float64(len(all)) / took.Seconds(), all[len(all)*99/100], nil
}

// fill puts every key of s once.
func fill(ctx context.Context, s side, connections int) error {
	g, ctx := errgroup.WithContext(ctx)
	for i := range connections {
		g.Go(func() error {
			c, err := dial(s)
			if err != nil {
				return err
			}
			defer c.Close()
			for ; i < s.keys && ctx.Err() == nil; i += connections {
				if err := c.request(http.MethodPut, largeKey(i)); err != nil {
					return fmt.Errorf("fill: %w", err)
				}
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}

// connection sends requests one after another. It is what it is for the sake of the two cores that it shares with the server:
// a http.Client takes more of them than a server that answers it.
type connection struct {
	net.Conn
	side   side
	answer *bufio.Reader
	text   []byte // of the request; reused
}

func dial(s side) (*connection, error) {
	at, err := url.Parse(s.url(""))
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, side: s, answer: bufio.NewReader(conn)}, nil
}

// requestPatience is how long an answer may take: a server that hangs ends the run.
const requestPatience = 30 * time.Second

func (c *connection) request(method, key string) error {
	host, path, _ := strings.Cut(strings.TrimPrefix(c.side.url(key), "http://"), "/")
	c.text = fmt.Appendf(c.text[:0], "%s /%s HTTP/1.1\r\nHost: %s\r\n", method, path, host)
	if c.side.token != "" {
		c.text = fmt.Appendf(c.text, "Authorization: Bearer %s\r\n", c.side.token)
	}
	if method == http.MethodPut {
		c.text = fmt.Appendf(c.text, "Content-Length: %d\r\n\r\n%s", len(value), value)
	} else {
		c.text = append(c.text, "\r\n"...)
	}
	if err := c.SetDeadline(time.Now().Add(requestPatience)); err != nil {
		return err
	}
	if _, err := c.Write(c.text); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.answer, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s %s: %s", method, key, resp.Status)
	case method == http.MethodGet && n != valueBytes:
		return errors.New("a get returned other bytes")
	}
	return nil
}

var value = bytes.Repeat([]byte("v"), valueBytes)

// methodList is a get whose answer is no value.
const methodList = "LIST"

func request(ctx context.Context, client *http.Client, s side, method, key string) error {
	var body []byte
	if method == http.MethodPut {
		body = value
	}
	list := method == methodList
	if list {
		method = http.MethodGet
	}
	n, err := send(ctx, client, method, s.url(key), s.token, body)
	if err == nil && method == http.MethodGet && !list && n != valueBytes {
		err = errors.New("a get returned other bytes")
	}
	return err
}

// send sends a request and returns how many bytes the answer has.
func send(ctx context.Context, client *http.Client, method, url, token string, body []byte) (int64, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, reader)
	if err != nil {
		return 0, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", method, resp.Status)
	}
	return n, err
}

func newClient(connections int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
}
