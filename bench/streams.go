package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
)

// streamsTogether uploads, and then as many downloads, are under way at a time.
const streamsTogether = 100

// measureStreams has a `bindery serve` take and give values of the largest size, many at
// once, and reads its peak memory (Linux).
func measureStreams(ctx context.Context, bindery, dir string) ([]row, error) {
	peak := row{what: fmt.Sprintf("%d uploads, then %d downloads of 25 MiB at once, peak memory", streamsTogether, streamsTogether), better: "lower"}
	peak.ours.unit = "MiB"
	cmd := exec.CommandContext(ctx, bindery, "serve", "--data", filepath.Join(dir, "streams"), "--account", "bench", "--listen", "127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		cmd.Process.Signal(os.Interrupt)
		time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
	}()
	said := map[string]string{}
	for lines := bufio.NewScanner(stdout); len(said) < 3 && lines.Scan(); {
		if name, text, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "export CLOUDFLARE_"), "="); ok {
			said[name] = text
		}
	}
	client := cloudflare.New(cloudflare.Options{BaseURL: said["API_BASE_URL"], Token: cloudflare.Token(said["API_TOKEN"])})
	ns, err := client.CreateNamespace(ctx, said["ACCOUNT_ID"], "bench")
	if err != nil {
		return nil, err
	}
	values := said["API_BASE_URL"] + "/accounts/" + said["ACCOUNT_ID"] + "/storage/kv/namespaces/" + ns.ID + "/values/"
	piece := bytes.Repeat([]byte("0123456789abcdef"), kv.MaxValueBytes/16/100)
	for _, method := range []string{http.MethodPut, http.MethodGet} {
		var g errgroup.Group
		for i := range streamsTogether {
			g.Go(func() error { return transfer(ctx, method, values+strconv.Itoa(i), said["API_TOKEN"], piece) })
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		mib, err := statusMiB(cmd.Process.Pid, "VmHWM")
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "bench: after %d × %s: %.0f MiB\n", streamsTogether, method, mib)
		peak.ours.values = []float64{mib}
	}
	return []row{peak}, nil
}

// transfer puts, or gets, a value made of pieces.
func transfer(ctx context.Context, method, url, token string, piece []byte) error {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if method == http.MethodPut {
		var body []io.Reader
		for range kv.MaxValueBytes / len(piece) {
			body = append(body, bytes.NewReader(piece))
		}
		req.Body = io.NopCloser(io.MultiReader(body...))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", method, res.Status)
	case method == http.MethodGet && n != kv.MaxValueBytes:
		return errors.New("a download returned another number of bytes")
	}
	return nil
}
