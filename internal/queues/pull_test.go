package queues_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/queues"
)

// pulled makes a house whose queue "jobs" is pulled from, with these messages in it.
func pulled(t *testing.T, c queues.Consumer, bodies ...string) *house {
	t.Helper()
	c.Pull = true
	h := newHouse(t, map[string]queues.Setup{"jobs": {Consumer: &c}, "dead": {Consumer: &queues.Consumer{Pull: true, MaxRetries: 3}}, "pushed": {}})
	h.send("jobs", bodies...)
	return h
}

// pull returns what was leased as "body:attempts", and the leases.
func (h *house) pull(queue string, size int, lease time.Duration) (said string, leases []string) {
	h.t.Helper()
	all, err := h.Pull(h.t.Context(), "a", queue, size, lease)
	if err != nil {
		h.t.Fatal(err)
	}
	var parts []string
	for _, m := range all {
		parts = append(parts, fmt.Sprintf("%s:%d", m.Body, m.Attempts))
		leases = append(leases, m.Lease)
	}
	return strings.Join(parts, " "), leases
}

func (h *house) settle(acks []string, retries ...queues.Retry) queues.Settled {
	h.t.Helper()
	done, err := h.Settle(h.t.Context(), "a", "jobs", acks, retries)
	if err != nil {
		h.t.Fatal(err)
	}
	return done
}

func (h *house) wants(what, got, want string) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	h.now += d
	h.mu.Unlock()
}

func TestMessagesAreLeased(t *testing.T) {
	h := pulled(t, queues.Consumer{MaxRetries: 3}, "one", "two", "three")
	said, first := h.pull("jobs", 2, time.Minute)
	h.wants("the first client", said, "one:1 two:1")
	said, second := h.pull("jobs", 10, time.Minute)
	h.wants("the second", said, "three:1")
	said, _ = h.pull("jobs", 10, time.Minute)
	h.wants("a third", said, "")

	if done := h.settle(first[:1]); done.Acked != 1 {
		t.Errorf("ack: %+v", done)
	}
	if done := h.settle(first[:1]); done.Acked != 0 || len(done.Warnings) != 1 {
		t.Errorf("ack again: got %+v, want a warning", done)
	}
	if done := h.settle(nil, queues.Retry{ID: first[1]}); done.Retried != 1 {
		t.Errorf("retry: %+v", done)
	}
	h.pass(time.Second)
	said, again := h.pull("jobs", 10, time.Minute)
	h.wants("after the retry", said, "two:2")
	if done := h.settle(nil, queues.Retry{ID: first[1]}); done.Retried != 0 {
		t.Errorf("a retry by the lease before: got %+v, want a warning", done)
	}
	h.pass(2 * time.Minute)
	if done := h.settle(second); done.Acked != 1 {
		t.Errorf("an ack after the lease has ended: got %+v, want it to count", done)
	}
	if done := h.settle(again); done.Acked != 1 {
		t.Errorf("ack: %+v", done)
	}
	if b, err := h.Backlog(t.Context(), "a", "jobs"); err != nil || b.Count != 0 {
		t.Errorf("backlog %+v, %v; want nothing", b, err)
	}
}

// A lease outlives the process, and when it has ended the message is there again.
func TestLeasesAreKept(t *testing.T) {
	h := pulled(t, queues.Consumer{MaxRetries: 3}, "one")
	_, leases := h.pull("jobs", 1, time.Minute)
	h.Close()
	h.open()
	said, _ := h.pull("jobs", 1, time.Minute)
	h.wants("after a restart", said, "")
	h.pass(61 * time.Second)
	said, _ = h.pull("jobs", 1, time.Minute)
	h.wants("after the lease", said, "one:2")
	if done := h.settle(leases); done.Acked != 1 {
		t.Errorf("an ack by the first lease: %+v", done)
	}
}

func TestMessagesPulledTooOften(t *testing.T) {
	for _, row := range []struct {
		what string
		end  func(h *house, leases []string)
	}{
		{"the lease ends", func(h *house, _ []string) { h.pass(61 * time.Second) }},
		{"retried", func(h *house, leases []string) { h.settle(nil, queues.Retry{ID: leases[0]}); h.pass(time.Millisecond) }},
	} {
		t.Run(row.what, func(t *testing.T) {
			h := pulled(t, queues.Consumer{MaxRetries: 1, DeadLetter: "dead"}, "one")
			for attempt := 1; attempt <= 2; attempt++ {
				said, leases := h.pull("jobs", 1, time.Minute)
				h.wants("pull", said, fmt.Sprintf("one:%d", attempt))
				row.end(h, leases)
			}
			said, _ := h.pull("jobs", 1, time.Minute)
			h.wants("after the last retry", said, "")
			said, _ = h.pull("dead", 1, time.Minute)
			h.wants("the dead letter queue", said, "one:1")
		})
	}
}

func TestWhatIsNotPulled(t *testing.T) {
	h := pulled(t, queues.Consumer{}, "one")
	if _, err := h.Pull(t.Context(), "a", "pushed", 1, time.Minute); !errors.Is(err, queues.ErrNotPulled) {
		t.Errorf("a queue without such a consumer: %v, want ErrNotPulled", err)
	}
	if _, err := h.Pull(t.Context(), "b", "jobs", 1, time.Minute); !errors.Is(err, queues.ErrNotFound) {
		t.Errorf("of another account: %v, want ErrNotFound", err)
	}
	h.set("jobs", queues.Setup{Paused: true, Consumer: &queues.Consumer{Pull: true}})
	said, _ := h.pull("jobs", 1, time.Minute)
	h.wants("a paused queue", said, "")
	for _, lease := range []string{"", ".", "x.1", "x.-1", "x.99999999999999999999"} {
		if done := h.settle([]string{lease}, queues.Retry{ID: lease}); done.Acked+done.Retried != 0 {
			t.Errorf("lease %q: got %+v, want nothing", lease, done)
		}
	}
}

// As many batches are under way as the consumer takes, and no more.
func TestBatchesAtATime(t *testing.T) {
	for _, batches := range []int{0, 3} {
		h := newHouse(t, map[string]queues.Setup{"jobs": {Consumer: &queues.Consumer{BatchSize: 1, Batches: batches}}})
		began, free := make(chan string, 10), make(chan bool)
		h.start(func(_ string, batch []queues.Message) (queues.Outcome, error) {
			began <- string(batch[0].Body)
			<-free
			return queues.Outcome{OK: true}, nil
		})
		h.send("jobs", "1", "2", "3", "4", "5")
		for range max(batches, 1) {
			<-began
		}
		select {
		case body := <-began:
			t.Errorf("with at most %d batches: %s is delivered beside them", max(batches, 1), body)
		case <-time.After(100 * time.Millisecond):
		}
		close(free)
		for range 5 - max(batches, 1) {
			<-began
		}
		h.Close()
	}
}
