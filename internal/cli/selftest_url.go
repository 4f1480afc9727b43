package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/probe"
)

// ask has a running Worker, or a server, prove its own bindings.
func (o *selftestOptions) ask(ctx context.Context) error {
	if err := validURL(o.url); err != nil {
		return err
	}
	at, err := url.Parse(o.url)
	if err != nil {
		return err
	}
	key := o.getenv(probeSecret)
	if key == "" {
		return withHint(fmt.Errorf("no API key: %w", kv.ErrUnauthenticated), "set %s to the key that the Worker's secret holds", probeSecret)
	}
	if at.Scheme == "http" && !isLoopback(at.Hostname()) {
		fmt.Fprintf(o.err, "%s: the key goes over the network unencrypted: use https\n", o.err.warn("warning"))
	}
	progress := startProgress(o.err)
	defer progress.stop()
	progress.say("asking %s", o.url)
	answer, err := probe.Ask(ctx, probe.Question{URL: strings.TrimSuffix(o.url, "/"), Key: key, Binding: o.binding})
	progress.stop()
	if err != nil {
		return err
	}
	if o.format.json() {
		if err := writeJSON(o.out, answer.Report); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
	} else {
		where := "top level"
		if answer.Environment != "" {
			where = fmt.Sprintf("env %q", answer.Environment)
		}
		fmt.Fprintf(o.out, "Self-test of %s, %s\n", cmp.Or(answer.Worker, "a Worker without a name"), where)
		fmt.Fprintf(o.out, "  by itself, at %s\n\n", o.url)
		printProof(o.out.visible(), answer.Results, func(string) string { return "" })
		o.printOutcome(answer.Results, answer.Report)
	}
	if !answer.Report.Data.CriticalTestsPassed {
		return errProblems
	}
	return nil
}

// validURL says whether --url is the root of something that can be asked.
func validURL(text string) error {
	at, err := url.Parse(text)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return usagef("--url has to be of the form https://host or http://host:port, without user or query")
	}
	return nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && address.IsLoopback()
}
