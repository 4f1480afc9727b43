package server_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// victimData is set in the environment of the process that is killed: this test's
// own binary, run again as a server on the folder named.
const victimData = "BINDERY_TEST_VICTIM_DATA"

const (
	victimAccount   = "0123456789abcdef0123456789abcdef"
	victimNamespace = "fedcba9876543210fedcba9876543210"
)

// beVictim serves until it is killed. It prints its base URL and a token.
func beVictim(dir string) {
	err := func() error {
		ctx := context.Background()
		s, err := server.Open(server.Options{Data: dir})
		if err != nil {
			return err
		}
		p := s.Platform()
		if _, err := p.EnsureAccount(ctx, "test", victimAccount); err != nil {
			return err
		}
		if _, err := p.CreateNamespace(ctx, victimAccount, victimNamespace, "t"); err != nil {
			return err
		}
		token, _, err := p.CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Edit})
		if err != nil {
			return err
		}
		if err := s.Listen(); err != nil {
			return err
		}
		fmt.Println(s.BaseURL(), token)
		return s.Wait(ctx)
	}()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// What a server acknowledged is there after kill -9, whole, and the folder opens as
// if nothing had been.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimData+"="+dir)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = victim.Process.Kill()
		t.Fatalf("the server said %q: %v", line, err)
	}
	base, token, _ := strings.Cut(strings.TrimSpace(line), " ")
	namespace := base + "/accounts/" + victimAccount + "/storage/kv/namespaces/" + victimNamespace

	// Writers go on until the server is gone, and remember what it said yes to.
	var acknowledged [4]int
	var total atomic.Int64
	var writers sync.WaitGroup
	for w := range acknowledged {
		writers.Go(func() {
			for i := 0; ; i++ {
				status, _, err := fetch(t, "PUT", fmt.Sprintf("%s/values/%d-%d", namespace, w, i), token, victimValue(w, i))
				if err != nil || status != 200 {
					return
				}
				acknowledged[w]++
				total.Add(1)
			}
		})
	}
	for deadline := time.Now().Add(20 * time.Second); total.Load() < 100; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("the server is too slow for this test")
			break
		}
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	_ = victim.Wait()

	s := start(t, server.Options{Data: dir}) // a stale running.json lies there
	ns, err := s.Platform().Namespace(t.Context(), victimAccount, victimNamespace)
	if err != nil {
		t.Fatal(err)
	}
	for w, n := range acknowledged {
		for i := range n {
			item, err := ns.Get(t.Context(), fmt.Sprintf("%d-%d", w, i))
			if err != nil || string(item.Value) != victimValue(w, i) {
				t.Errorf("writer %d, key %d: got %d bytes, %v; want what was acknowledged", w, i, len(item.Value), err)
			}
		}
	}
	page, err := ns.List(t.Context(), kv.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range page.Keys { // those under way at the kill, too, are whole or not there
		var w, i int
		if _, err := fmt.Sscanf(k.Name, "%d-%d", &w, &i); err != nil {
			t.Fatal(err)
		}
		if item, err := ns.Get(t.Context(), k.Name); err != nil || string(item.Value) != victimValue(w, i) {
			t.Errorf("key %s: got %d bytes, %v; want a whole value", k.Name, len(item.Value), err)
		}
	}
	if status, body, err := fetch(t, "GET", s.BaseURL()+"/user/tokens/verify", token, ""); err != nil || status != 200 {
		t.Errorf("the token after the kill: got %d %s, %v; want 200", status, body, err)
	}
}

// victimValue is small for most keys, and 200 KB for some.
func victimValue(w, i int) string {
	return strings.Repeat(fmt.Sprintf("%d-%d ", w, i), 1+i%10/9*40_000)
}
