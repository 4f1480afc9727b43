package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
)

// stopping is a way in which a command is stopped.
type stopping string

const (
	killed      stopping = "kill -9"
	interrupted stopping = "Ctrl-C"
	cutOff      stopping = "cut network"
	expired     stopping = "expired token"
)

// stoppings are all of them.
var stoppings = []stopping{killed, interrupted, cutOff, expired}

// exitCode is that of a command which was stopped so.
func (s stopping) exitCode() int {
	switch s {
	case killed:
		return -1 // a signal
	case expired:
		return 4
	}
	return 3
}

// moment is when a command is stopped: at its n-th request, or its n-th write; before the server has it, or before the
// command has the answer.
type moment struct {
	n      int
	writes bool // counts writes, not requests
	after  bool
	delay  time.Duration // then
	do     func()
	came   atomic.Bool
}

// moment is drawn by lot.
func (c *copies) moment(ctx context.Context, how stopping, cmd *exec.Cmd) *moment {
	m := &moment{n: 1 + c.rng.IntN(150), after: c.rng.IntN(2) == 0}
	if c.rng.IntN(2) == 0 {
		m.writes, m.n = true, 1+c.rng.IntN(8)
	}
	if c.rng.IntN(2) == 0 {
		m.delay = time.Duration(c.rng.IntN(10)) * time.Millisecond
	}
	switch how {
	case killed:
		m.do = func() { _ = cmd.Process.Kill() }
	case interrupted:
		m.do = func() { _ = cmd.Process.Signal(os.Interrupt) }
	case cutOff:
		m.do = func() { c.link.sever(m) }
	case expired:
		id := c.tokens
		m.do = func() { c.expire(ctx, id) }
	}
	return m
}

// happened says whether the moment came.
func (m *moment) happened() bool { return m != nil && m.came.Load() }

// reached is told of each request.
func (m *moment) reached(requests, writes int, write, after bool) {
	if m == nil || after != m.after || m.writes && (!write || writes < m.n) || !m.writes && requests < m.n || m.came.Swap(true) {
		return
	}
	if m.delay == 0 {
		m.do()
		return
	}
	go func() {
		time.Sleep(m.delay)
		m.do()
	}()
}

// renew makes the token that commands have: the last one has expired.
func (c *copies) renew(ctx context.Context) error {
	made, err := c.askToken(ctx, http.MethodPost, "", time.Time{})
	c.token, c.tokens = cloudflare.Token(made.Value), made.ID
	return err
}

// expire lets the token end within a second, and waits for it.
func (c *copies) expire(ctx context.Context, id string) {
	end := time.Now().Add(time.Second).Truncate(time.Second)
	_, _ = c.askToken(ctx, http.MethodPut, "/"+id, end) // a token that goes on to be good is seen by the code of the command
	time.Sleep(time.Until(end.Add(50 * time.Millisecond)))
}

func (c *copies) askToken(ctx context.Context, method, below string, end time.Time) (token wire.APIToken, err error) {
	asked := map[string]any{"name": "copies", "policies": []wire.TokenPolicy{{
		Effect: "allow", Groups: []wire.PermissionGroup{{ID: "f7f0eda5697f475c90846e879bab8666"}}, // Workers KV Storage Write
		Resources: map[string]json.RawMessage{"com.cloudflare.api.account.*": json.RawMessage(`"*"`)},
	}}}
	if !end.IsZero() {
		asked["expires_on"] = end.UTC()
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return token, err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.server.url+"/client/v4/user/tokens"+below, bytes.NewReader(body))
	if err != nil {
		return token, err
	}
	req.Header.Set("Authorization", "Bearer "+c.admin)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return token, err
	}
	defer res.Body.Close()
	var answer wire.Envelope[wire.APIToken]
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || !answer.Success {
		return token, fmt.Errorf("%s a token: %s %v %v", method, res.Status, answer.Errors, err)
	}
	return answer.Result, nil
}
