package fleet_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/queues"
)

const (
	producing = `export default { async fetch(request, env) {
		const url = new URL(request.url), text = url.searchParams.get("text");
		try {
			if (url.pathname === "/batch") await env.Q.sendBatch(Array.from({ length: Number(text) }, (_, i) => ({ body: i })));
			else if (url.pathname === "/formats") {
				await env.Q.send("tëxt", { contentType: "text" });
				await env.Q.send({ a: [1] }, { contentType: "json" });
				await env.Q.send(new Uint8Array([0, 255]), { contentType: "bytes" });
				await env.Q.send(new Map([["k", new Date(5)]]), { contentType: "v8" });
			} else await env.Q.send(text, { delaySeconds: Number(url.searchParams.get("delay") ?? 0) });
		} catch (e) { return new Response(e.message, { status: 500 }) }
		return new Response("sent");
	} }`
	queueBinding = `[{"name":"Q","type":"queue","queue_name":"jobs"}]`

	// What a message's text says is done with it; each delivery is kept in KV.
	consuming = `let calls = 0;
	const show = (b) => b instanceof ArrayBuffer ? "bytes " + new Uint8Array(b) : b instanceof Map ? "map " + b.get("k").getTime() : JSON.stringify(b);
	export default {
		fetch: () => new Response("fine"),
		async queue(batch, env) {
			const call = Date.now() + "-" + calls++;
			for (const m of batch.messages) {
				await env.KV.put(batch.queue + " " + show(m.body) + " #" + m.attempts, call + " of " + batch.messages.length + " " + (m.timestamp instanceof Date));
				if (m.body === "ack") m.ack();
				if (m.body === "retry" && m.attempts === 1) m.retry({ delaySeconds: 1 });
			}
			if (batch.messages.some((m) => m.body === "throw" || m.body === "ack")) throw new Error("no");
		},
	}`
)

// queueHouse is a fleet whose account has queues.
func queueHouse(t *testing.T, setups map[string]queues.Setup) (*house, *queues.Queues) {
	var q *queues.Queues
	h := newHouse(t, func(o *fleet.Options) {
		o.Queue = func(account, name string, delay time.Duration) http.Handler { return q.Handler(account, name, delay) }
	})
	q = h.openQueues(setups)
	t.Cleanup(func() { q.Close() })
	return h, q
}

func (h *house) openQueues(setups map[string]queues.Setup) *queues.Queues {
	h.t.Helper()
	q, err := queues.Open(h.t.Context(), h.store, queues.Options{Find: func(_ context.Context, a, name string) (queues.Setup, error) {
		s, ok := setups[a+" "+name]
		if !ok {
			return s, queues.ErrNotFound
		}
		s.ID, s.Retention = a+name, time.Hour
		return s, nil
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	var all []queues.Ref
	for key := range setups {
		a, name, _ := strings.Cut(key, " ")
		all = append(all, queues.Ref{Account: a, Name: name})
	}
	if err := q.Start(h.t.Context(), h.fleet.Deliver, all); err != nil {
		h.t.Fatal(err)
	}
	return q
}

// got waits for a delivery, and returns what is known of it.
func (h *house) got(key string) (value string) {
	h.t.Helper()
	eventually(h.t, "not delivered: "+key, func() bool {
		item, err := h.store.Namespace(account+"/"+namespace).Get(h.t.Context(), key)
		value = string(item.Value)
		return err == nil
	})
	return value
}

func consumer(c queues.Consumer) queues.Setup {
	c.Worker = "consumer"
	return queues.Setup{Consumer: &c}
}

func TestQueueFormats(t *testing.T) {
	h, _ := queueHouse(t, map[string]queues.Setup{account + " jobs": consumer(queues.Consumer{BatchSize: 1})})
	h.deploy(account, "consumer", consuming, kvBinding)
	h.deploy(account, "producer", producing, queueBinding)
	h.expect("producer.my-test", "/formats", 200, "sent")
	for _, want := range []string{`jobs "tëxt" #1`, `jobs {"a":[1]} #1`, `jobs bytes 0,255 #1`, `jobs map 5 #1`} {
		if got := h.got(want); !strings.HasSuffix(got, "of 1 true") {
			t.Errorf("%s: got %q", want, got)
		}
	}
}

// Ten go in a batch at once, the rest when it has waited.
func TestQueueBatches(t *testing.T) {
	h, q := queueHouse(t, map[string]queues.Setup{account + " jobs": consumer(queues.Consumer{BatchSize: 10, MaxWait: 300 * time.Millisecond})})
	h.deploy(account, "consumer", consuming, kvBinding)
	h.deploy(account, "producer", producing, queueBinding)
	h.expect("producer.my-test", "/batch?text=13", 200, "sent")
	for i := range 13 {
		size := "of 10"
		if i >= 10 {
			size = "of 3"
		}
		if got := h.got(fmt.Sprintf("jobs %d #1", i)); !strings.Contains(got, size) {
			t.Errorf("message %d: got %q, want it in a batch %s", i, got, size)
		}
	}
	eventually(t, "messages are left", func() bool { b, err := q.Backlog(t.Context(), account, "jobs"); return err == nil && b.Count == 0 })
}

// A retry has its delay; what always fails ends in the dead letter queue; what was acknowledged does not
// come again, even if the handler throws afterwards.
func TestQueueRetries(t *testing.T) {
	h, q := queueHouse(t, map[string]queues.Setup{
		account + " jobs": consumer(queues.Consumer{BatchSize: 10, MaxWait: 200 * time.Millisecond, MaxRetries: 2, DeadLetter: "dead"}),
		account + " dead": consumer(queues.Consumer{BatchSize: 1}),
	})
	h.deploy(account, "consumer", consuming, kvBinding)
	h.deploy(account, "producer", producing, queueBinding)
	h.expect("producer.my-test", "/?text=retry", 200, "sent")
	first, second := h.got(`jobs "retry" #1`), h.got(`jobs "retry" #2`)
	var a, b int
	_, _ = fmt.Sscan(strings.Split(first, "-")[0], &a)
	_, _ = fmt.Sscan(strings.Split(second, "-")[0], &b)
	if b-a < 1000 {
		t.Errorf("retried after %d ms, want 1000", b-a)
	}
	h.expect("producer.my-test", "/?text=throw", 200, "sent")
	h.expect("producer.my-test", "/?text=ack", 200, "sent")
	h.got(`jobs "throw" #3`)
	h.got(`dead "throw" #1`)
	eventually(t, "messages are left", func() bool { b, err := q.Backlog(t.Context(), account, "jobs"); return err == nil && b.Count == 0 })
	if _, err := h.store.Namespace(account+"/"+namespace).Get(t.Context(), `jobs "ack" #2`); err == nil {
		t.Error("an acknowledged message came again")
	}
}

// Messages of an account's queue are not those of another's; they wait for their Worker, and for the server.
func TestQueueWaits(t *testing.T) {
	setups := map[string]queues.Setup{account + " jobs": consumer(queues.Consumer{BatchSize: 1}), other + " jobs": {}}
	h, q := queueHouse(t, setups)
	h.deploy(account, "producer", producing, queueBinding)
	h.deploy(other, "producer", producing, queueBinding)
	h.deploy(other, "consumer", consuming, kvBinding)
	h.expect("producer.my-test", "/?text=mine", 200, "sent")
	h.expect("producer.other", "/?text=theirs", 200, "sent")
	h.expect("producer.my-test", "/batch?text=101", 500, "101 messages at a time, at most 100 are taken (10413)")
	q.Close()
	again := h.openQueues(setups)
	t.Cleanup(again.Close)
	h.deploy(account, "consumer", consuming, kvBinding)
	h.got(`jobs "mine" #1`)
	if b, err := again.Backlog(t.Context(), other, "jobs"); err != nil || b.Count != 1 {
		t.Errorf("the other account's queue, which has no consumer: got %+v, %v; want its message", b, err)
	}
	if _, err := h.store.Namespace(account+"/"+namespace).Get(t.Context(), `jobs "theirs" #1`); err == nil {
		t.Error("a message reached another account")
	}
}
