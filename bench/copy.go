package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
)

const (
	copyKeys      = 300_000
	copyPeerKeys  = 300 // wrangler takes a process for each hundred
	copyLarge     = 300 // values of a MiB
	copyLargeSize = 1 << 20
)

// measureCopy copies from namespace to namespace of one `bindery serve`: many small values, beside a script of wrangler's
// bulk commands, and fewer large ones.
func measureCopy(ctx context.Context, bindery, dir string, rounds int) ([]row, error) {
	n, stop, err := serveNamespace(ctx, bindery, filepath.Join(dir, "copy"), copyKeys)
	if err != nil {
		return nil, err
	}
	defer stop()
	c := &copying{bindery: bindery, dir: dir, base: strings.TrimSuffix(n.url, n.path) + "/client/v4", token: n.token}
	parts := strings.Split(n.path, "/")
	c.account, c.source = parts[4], parts[len(parts)-1]
	client := cloudflare.New(cloudflare.Options{BaseURL: c.base, Token: cloudflare.Token(n.token)})
	defer client.Close()
	large, err := client.CreateNamespace(ctx, c.account, "large")
	if err != nil {
		return nil, err
	}
	for i := range copyLarge {
		value := bytes.Repeat(randomText(i), copyLargeSize/valueBytes+1)[:copyLargeSize]
		if err := client.Namespace(c.account, large.ID).Put(ctx, kv.Pair{Key: strconv.Itoa(i), Item: kv.Item{Value: value}}); err != nil {
			return nil, err
		}
	}
	small := row{
		what: fmt.Sprintf("copy of %d keys of %d bytes, namespace to namespace of one server", copyKeys, valueBytes), better: "higher",
		peerName: fmt.Sprintf("a script of `wrangler kv key list`, `bulk get`, `bulk put`, %d keys", copyPeerKeys),
		ours:     samples{unit: "keys/s"}, peer: samples{unit: "keys/s"},
	}
	memory := row{what: fmt.Sprintf("the same copy of %d keys, peak memory of the client", copyKeys), better: "lower", ours: samples{unit: "MiB"}}
	bytesPerSecond := row{what: fmt.Sprintf("copy of %d values of 1 MiB", copyLarge), better: "higher", ours: samples{unit: "MB/s"}}
	for i := range rounds {
		to, err := client.CreateNamespace(ctx, c.account, "copy "+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		took, peak, err := timed(c.ours(ctx, c.source, to.ID))
		if err != nil {
			return nil, err
		}
		small.ours.add(copyKeys / took.Seconds())
		memory.ours.add(peak)
		if took, _, err = timed(c.ours(ctx, large.ID, to.ID)); err != nil {
			return nil, err
		}
		bytesPerSecond.ours.add(copyLarge * copyLargeSize / 1e6 / took.Seconds())
		if i > 1 { // wrangler is slow, and its figures are far apart from ours
			continue
		}
		begin := time.Now()
		if err := c.theirs(ctx, to.ID); err != nil {
			return nil, err
		}
		small.peer.add(copyPeerKeys / time.Since(begin).Seconds())
	}
	return []row{small, memory, bytesPerSecond}, nil
}

// copying is where it copies.
type copying struct {
	bindery, dir, base, token, account, source string
}

func (c *copying) env() []string {
	return append(os.Environ(), "CLOUDFLARE_API_BASE_URL="+c.base, "CLOUDFLARE_API_TOKEN="+c.token, "CLOUDFLARE_ACCOUNT_ID="+c.account,
		"CI=1", "WRANGLER_SEND_METRICS=false", "WRANGLER_SEND_ERROR_REPORTS=false", "WRANGLER_LOG_PATH="+filepath.Join(c.dir, "wrangler.log"))
}

func (c *copying) ours(ctx context.Context, from, to string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.bindery, "copy", c.account+"/"+from, c.account+"/"+to)
	cmd.Dir, cmd.Env = c.dir, c.env()
	return cmd
}

// theirs lists the keys, as wrangler can only do in full, gets a hundred in each of some processes, and puts them in one.
// Metadata and expirations are lost on the way.
func (c *copying) theirs(ctx context.Context, to string) error {
	out, err := c.wrangler(ctx, "key", "list", "--namespace-id", c.source, "--prefix", largeKey(0)[:len(largeKey(0))-6])
	if err != nil {
		return err
	}
	var keys []kv.KeyInfo
	if err := json.Unmarshal(out, &keys); err != nil || len(keys) == 0 {
		return fmt.Errorf("wrangler listed %d keys: %w", len(keys), err)
	}
	var pairs []map[string]string
	for first := 0; first < copyPeerKeys; first += kv.MaxBulkGet {
		var names []string
		for i := first; i < first+kv.MaxBulkGet; i++ {
			names = append(names, largeKey(i))
		}
		file, err := c.file("keys.json", names)
		if err != nil {
			return err
		}
		if out, err = c.wrangler(ctx, "bulk", "get", file, "--namespace-id", c.source); err != nil {
			return err
		}
		values := map[string]string{}
		if err := json.NewDecoder(bytes.NewReader(out)).Decode(&values); err != nil { // a line of text follows
			return fmt.Errorf("wrangler kv bulk get: %w", err)
		}
		for key, value := range values {
			pairs = append(pairs, map[string]string{"key": key, "value": value})
		}
	}
	file, err := c.file("pairs.json", pairs)
	if err == nil {
		_, err = c.wrangler(ctx, "bulk", "put", file, "--namespace-id", to)
	}
	return err
}

func (c *copying) wrangler(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "node", append(append([]string{"conformance/node_modules/wrangler/bin/wrangler.js", "kv"}, args...), "--remote")...)
	cmd.Env = c.env()
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("wrangler kv %s: %w\n%s", strings.Join(args[:2], " "), err, out)
	}
	return out, nil
}

func (c *copying) file(name string, v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, name)
	return path, os.WriteFile(path, text, 0o600)
}
