package queues_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/queues"
)

// A process of this test sends to a queue in a folder, and consumes part of it, until it is killed.
const killed = "BINDERY_QUEUES_SEND_IN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" {
		if err := sendForEver(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// sendForEver says which messages were taken ("sent") and which a consumer was given ("out"). It retries
// each of them once.
func sendForEver(dir string) error {
	ctx := context.Background()
	s, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		return err
	}
	find := func(context.Context, string, string) (queues.Setup, error) {
		return queues.Setup{ID: "0123", Retention: day, Consumer: &queues.Consumer{Worker: "w", BatchSize: 3, MaxRetries: 5}}, nil
	}
	q, err := queues.Open(ctx, s, queues.Options{Find: find})
	if err != nil {
		return err
	}
	err = q.Start(ctx, func(_ context.Context, _, _, _ string, batch []queues.Message) (queues.Outcome, error) {
		for _, m := range batch {
			fmt.Println("out", string(m.Body))
		}
		return queues.Outcome{OK: true, RetryAll: batch[0].Attempts == 1}, nil
	}, []queues.Ref{{Account: "a", Name: "q"}})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		body := fmt.Sprintf("%d-%d", os.Getpid(), i)
		if err := q.Send(ctx, "a", "q", queues.Sending{Format: queues.Text, Body: []byte(body)}); err != nil {
			return err
		}
		fmt.Println("sent", body)
	}
}

// What was taken before kill -9 is delivered, then or afterwards.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	sent, out := map[string]bool{}, map[string]bool{}
	for range 3 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), killed+"="+dir)
		child.Stderr = os.Stderr
		pipe, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(pipe)
		for n := 0; lines.Scan(); n++ {
			what, body, _ := strings.Cut(lines.Text(), " ")
			map[string]map[string]bool{"sent": sent, "out": out}[what][body] = true
			if n == 100 {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait() // it was killed
	}
	s, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	find := func(context.Context, string, string) (queues.Setup, error) {
		return queues.Setup{ID: "0123", Retention: day, Consumer: &queues.Consumer{Worker: "w", BatchSize: 10}}, nil
	}
	q, err := queues.Open(t.Context(), s, queues.Options{Find: find})
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := q.Backlog(t.Context(), "a", "q")
	if err != nil || waiting.Count == 0 {
		t.Fatalf("nothing was left to be delivered: %+v, %v", waiting, err)
	}
	rest := make(chan string, waiting.Count)
	err = q.Start(t.Context(), func(_ context.Context, _, _, _ string, batch []queues.Message) (queues.Outcome, error) {
		for _, m := range batch {
			rest <- string(m.Body)
		}
		return queues.Outcome{OK: true}, nil
	}, []queues.Ref{{Account: "a", Name: "q"}})
	if err != nil {
		t.Fatal(err)
	}
	for range waiting.Count {
		select {
		case body := <-rest:
			out[body] = true
		case <-time.After(10 * time.Second):
			t.Fatal("what waited was not delivered")
		}
	}
	q.Close()
	for body := range sent {
		if !out[body] {
			t.Errorf("message %s was taken and never delivered", body)
		}
	}
}
