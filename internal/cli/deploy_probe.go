package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/probe"
	"github.com/bindery-dev/bindery/internal/probemodule"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/wranglerrun"
)

// address is where a Worker, or one version of it, answers; without url nobody knows, and why says so.
type address struct {
	url  string
	host string // sent in place of url's; "" for its own
	why  string
	// shared: for a while after a deploy it may be the version before that answers here.
	shared bool
}

// shown is the address as a person would ask it.
func (a address) shown() string {
	u, err := url.Parse(a.url)
	if a.host == "" || err != nil {
		return a.url
	}
	if port := u.Port(); port != "" {
		return u.Scheme + "://" + a.host + ":" + port
	}
	return u.Scheme + "://" + a.host
}

// address is where the deployed Worker answers: where --url says; on a server of bindery's own by the host that it has there;
// else where wrangler says.
func (d *delivery) address(said wranglerrun.Said) address {
	at, ours := d.onServer("") // which has one version serve at once
	switch {
	case d.url != "":
		return address{url: d.url, shared: d.before.there() && !ours}
	case ours:
		return at
	}
	for _, target := range said.Targets {
		if host, ok := targetHost(target); ok {
			return address{url: "https://" + host, shared: d.before.there()}
		}
	}
	return address{why: "no address of the Worker is known: --url names one"}
}

// preview is where a version answers that nobody is served by.
func (d *delivery) preview(said wranglerrun.Said) address {
	switch at, ours := d.onServer(said.VersionID[:min(8, len(said.VersionID))] + "-"); {
	case said.PreviewURL == "":
		return address{why: "the version has no address of its own: preview URLs are off, or not there for this Worker"}
	case ours:
		return at
	}
	return address{url: said.PreviewURL}
}

// onServer is the address on a server of bindery's own, which is what any API is that is not Cloudflare's. What wrangler
// says of workers.dev means nothing there.
func (d *delivery) onServer(prefix string) (address, bool) {
	base, err := url.Parse(d.getenv("CLOUDFLARE_API_BASE_URL"))
	if err != nil || base.Host == "" || strings.HasSuffix(base.Hostname(), ".cloudflare.com") {
		return address{}, false
	}
	return address{
		url:  base.Scheme + "://" + base.Host,
		host: prefix + d.g.plan.Worker.Name + "." + d.g.plan.Account.ID + ".localhost",
	}, true
}

// targetHost is the host of what wrangler says it has deployed to, if all of its paths lead to the Worker:
// "https://api.me.workers.dev", "app.example.com (custom domain)", "example.com/* (zone name: example.com)".
func targetHost(target string) (string, bool) {
	name, kind, _ := strings.Cut(target, " ")
	if rest, ok := strings.CutPrefix(name, "https://"); ok {
		return strings.TrimSuffix(rest, "/"), rest != ""
	}
	host, path, slash := strings.Cut(name, "/")
	whole := slash && path == "*" || !slash && kind == "(custom domain)"
	return host, whole && strings.Contains(host, ".") && !strings.Contains(host, "*") && !strings.Contains(host, ":")
}

// workerState is what became of asking a Worker.
type workerState string

const (
	workerPassed   workerState = "passed"
	workerFailed   workerState = "failed"
	workerNotAsked workerState = "not asked"
)

// throughWorker is what a Worker says of its own bindings.
type throughWorker struct {
	state   workerState
	at      address
	why     string // of not asked, and of failed without results
	results []selftest.Result
	report  *selftest.Report
}

// askWorker has the Worker prove its own bindings. Where a probe is expected (its module lies beside the Worker's main file, or
// --url was given) only an answer counts; elsewhere none says that no probe is mounted. A deploy takes a while to be
// everywhere: what is expected is asked for again until the time for an answer is up, as is an answer that fails where it may be that
// of the version before. An answer does not say which version it is of, so one that passes there is taken, and that is said.
func (d *delivery) askWorker(ctx context.Context, at address) throughWorker {
	w := throughWorker{state: workerNotAsked, at: at}
	expected := d.url != "" || d.mountsProbe()
	key := d.getenv(probeSecret)
	switch {
	case at.url == "":
		w.why = at.why
		return w
	case key == "" && expected:
		w.why = "no API key: set " + probeSecret + " to the key that the Worker's secret holds"
		return w
	case key == "":
		w.why = "no probe is known to be mounted, and " + probeSecret + " is not set"
		return w
	}
	question := probe.Question{URL: at.url, Host: at.host, Key: key}
	end := d.now().Add(d.timeout)
	var answer *probe.Answer
	var err error
	for wait := 250 * time.Millisecond; ; wait *= 2 {
		one, cancel := context.WithTimeout(ctx, d.timeout)
		answer, err = probe.Ask(one, question)
		cancel()
		again := err != nil && expected && !errors.Is(err, kv.ErrUnauthenticated) ||
			err == nil && at.shared && !answer.Report.Data.CriticalTestsPassed
		if !again || ctx.Err() != nil || d.now().Add(wait).After(end) {
			break
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	switch {
	case err != nil && expected:
		w.state, w.why = workerFailed, err.Error()
		return w
	case err != nil:
		w.why = fmt.Sprintf("no probe of `bindery probe` answers at %s", at.shown())
		return w
	}
	w.results, w.report, w.state = answer.Results, &answer.Report, workerPassed
	if at.shared {
		w.why = "it may have been the version before that answered, as a deploy takes a while to be everywhere"
	}
	if env := answer.Environment; env != "" && env != "unknown" && env != d.env.Name {
		w.state, w.why = workerFailed, fmt.Sprintf("the Worker that answers runs as %s", label(env))
	}
	if !answer.Report.Data.CriticalTestsPassed {
		w.state, w.why = workerFailed, "a KV binding does not hold"
	}
	return w
}

// mountsProbe says whether a module of `bindery probe` lies beside what the Worker begins with.
func (d *delivery) mountsProbe() bool {
	main := filepath.FromSlash(cmp.Or(d.env.Main.Str(), d.env.config.Top.Main.Str(), "."))
	for _, name := range []string{"bindery-probe.ts", "bindery-probe.js", "bindery-probe.mjs"} {
		text, err := os.ReadFile(filepath.Join(folder(d.env.config), filepath.Dir(main), name))
		if err == nil && bytes.HasPrefix(text, []byte(probemodule.FirstLine)) {
			return true
		}
	}
	return false
}
