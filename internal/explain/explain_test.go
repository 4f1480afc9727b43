package explain_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/explain"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The logs with colours are the real wrangler's, run against bindery serve; the others show what a server of ours, or a deploy
// from here, does not say.
func TestLogs(t *testing.T) {
	config := configuration(t)
	environments := append([]*wrangler.Environment{config.Top}, config.Envs...)
	logs, err := filepath.Glob("testdata/*.log")
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	for _, path := range logs {
		t.Run(filepath.Base(path), func(t *testing.T) {
			log, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close()
			failures, err := explain.Read(log)
			if err != nil {
				t.Fatal(err)
			}
			got := told(failures, environments)
			golden := strings.TrimSuffix(path, ".log") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("%s (%v)\ngot:\n%s\nwant:\n%s", path, err, got, want)
			}
		})
	}
}

func configuration(t testing.TB) *wrangler.Config {
	t.Helper()
	text, err := os.ReadFile("testdata/wrangler.toml")
	if err != nil {
		t.Fatal(err)
	}
	return wrangler.Parse("testdata/wrangler.toml", text)
}

// told is what the room says of failures, as text.
func told(failures []explain.Failure, environments []*wrangler.Environment) string {
	var b strings.Builder
	for _, f := range failures {
		e, known := f.Entry()
		fmt.Fprintf(&b, "line %d: code %d, known %t, %s: %s\n  %s\n", f.Line, f.Code, known, e.Area, f.Message, e.Means)
		places := f.Places(environments)
		for _, p := range places {
			at := p.Env.Config.File.Position(p.Span.Start)
			fmt.Fprintf(&b, "  at %d:%d %s, %s %s\n", at.Line, at.Column, p.Env.Config.File.Slice(p.Span), p.Env.Label(), p.Binding)
		}
		var env *wrangler.Environment
		binding := ""
		if len(places) > 0 {
			env, binding = places[0].Env, places[0].Binding
		} else if of := f.Of(environments); len(of) == 1 {
			env = of[0]
		}
		for _, c := range e.Commands(f.Subject(e, binding), env) {
			fmt.Fprintf(&b, "  $ %s\n", c)
		}
	}
	return b.String()
}

// One code stands for several things: the request and the words decide.
func TestCodesOfSeveralServices(t *testing.T) {
	for _, c := range []struct {
		failure explain.Failure
		want    explain.Area
		means   string
	}{
		{explain.Failure{Code: 10041, Message: "KV namespace 'x' not found."}, explain.Workers, "does not hold"},
		{explain.Failure{Code: 10041, Message: "invalid cursor", Request: "/accounts/a/storage/kv/namespaces/n/keys"}, explain.KV, "cursor"},
		{explain.Failure{Code: 10042, Message: "Please enable R2 through the Cloudflare Dashboard.", Request: "/accounts/a/r2/buckets"}, explain.R2, "switched on"},
		{explain.Failure{Code: 10013, Message: "An unknown error has occurred.", Request: "/accounts/a/workers/scripts/x"}, explain.Account, "does not say why"},
		{explain.Failure{Code: 10013, Message: "get: 'namespace not found'"}, explain.KV, "no such namespace"},
		{explain.Failure{Code: 10006, Message: "The specified bucket does not exist."}, explain.R2, "bucket"},
		{explain.Failure{Code: 10052, Message: "remove namespace: 'namespace has associated scripts: api'"}, explain.KV, "binds it"},
		{explain.Failure{Code: 10064, Message: "Cannot delete: is a consumer of queue jobs"}, explain.Queues, "consumes a queue"},
	} {
		if got, known := c.failure.Entry(); !known || got.Area != c.want || !strings.Contains(got.Means, c.means) {
			t.Errorf("%d %q to %q: got %s, %q; want %s, … %q …", c.failure.Code, c.failure.Message, c.failure.Request, got.Area, got.Means, c.want, c.means)
		}
	}
}

// Each entry says all that there is to say, for each code of the fact sheets.
func TestCatalogueIsComplete(t *testing.T) {
	for _, code := range []int{
		10041, 10042, 10085, 10181, 10143, 10159, 10157, 10182, 100143, 100119, 10089, 11000, 11009, 11005, 10061, 10064, 10070, 10074,
		10079, 10097, 10211, 10021, 10068, 10069, 10007, 10090, 10092, 10000, 10013, 10014, 10053, 10056, 10057, 10063, 10071, 100146, 10004,
		10210, 10214, 10215, 10220, 10200, 10006, 7404, 7003, 7000, 9109, 6111, 1000, 10015, 10016, 10026, 10027, 10035, 10037, 10052,
		10054, 10055, 10031, 10032, 100132, 10009, 10011, 10012, 10018, 10019, 10022, 10023, 10024, 10025, 10028, 10029, 10030, 10033,
		10034, 10043, 10044, 10008, 10045, 10046, 10047, 10147, 10048, 10405, 971, 6003, 6103, 10001, 7001,
	} {
		entries := explain.Code(code)
		if len(entries) == 0 {
			t.Errorf("%d is not in the catalogue", code)
		}
		for _, e := range entries {
			if e.Means == "" || e.Area == "" || len(e.Causes) == 0 || len(e.Cures) == 0 {
				t.Errorf("%d says too little: %+v", code, e)
			}
		}
	}
	if got := explain.Code(12345); got != nil {
		t.Errorf("12345: got %+v, want none", got)
	}
}

// Whatever a log holds, reading it ends, and each failure is printable and has advice.
func FuzzRead(f *testing.F) {
	logs, err := filepath.Glob("testdata/*.log")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("\x1b[31m[code: 10041]\n\"code\":1000,\"message\":\"\\ud800\"[ERROR] \xff [code: 999999]")
	f.Add(strings.Repeat("x", 70_000) + "[code: 10041]\nCannot [code: 10061]")
	config := configuration(f)
	f.Fuzz(func(t *testing.T, log string) {
		failures, err := explain.Read(strings.NewReader(log))
		if err != nil || len(failures) > 100 {
			t.Fatalf("%q: %d failures, %v", log, len(failures), err)
		}
		for _, failure := range failures {
			e, _ := failure.Entry()
			if e.Means == "" || strings.Contains(failure.Message, "\n") || len(e.Commands(failure.Subject(e, ""), config.Top)) == 0 {
				t.Errorf("%q: %+v, %+v", log, failure, e)
			}
			for _, p := range failure.Places([]*wrangler.Environment{config.Top}) {
				if config.File.Slice(p.Span) == "" {
					t.Errorf("%q: %+v is nowhere", log, p)
				}
			}
		}
	})
}
