package cloudflare

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRates(t *testing.T) {
	hour, minute := limit{1200, time.Hour}, limit{100, time.Minute}
	for _, row := range []struct {
		rate, policy string
		want         []rate
	}{
		{`"default";r=50;t=30`, `"default";q=1200;w=3600`, []rate{{"default", 50, 30 * time.Second, hour}}},
		{`"default";r=50;t=30`, `"burst";q=100;w=60`, []rate{{"default", 50, 30 * time.Second, minute}}},
		{`"default";r=50;t=30`, ``, []rate{{"default", 50, 30 * time.Second, limit{}}}},
		{`"a";r=1;t=2, b ; r=3 ; t=4`, `"b";q=100;w=60,"a";q=1200;w=3600`, []rate{{"a", 1, 2 * time.Second, hour}, {"b", 3, 4 * time.Second, minute}}},
		{`"a";r=1;t=2`, `"b";q=100;w=60,"c";q=1200;w=3600`, []rate{{"a", 1, 2 * time.Second, limit{}}}},
		{`"default";r=0;t=0;pk=:abc=:`, `"default";q=0;w=60`, []rate{{"default", 0, 0, limit{}}}},
		{`"default";r=-1;t=30`, ``, nil},
		{`"default";r=50`, ``, nil},
		{`limit=50, remaining=30`, `q=1;w=1`, nil},
		{`"default";r=99999999999;t=1`, ``, nil},
		{``, `"default";q=1200;w=3600`, nil},
	} {
		got := readRates(http.Header{"Ratelimit": {row.rate}, "Ratelimit-Policy": {row.policy}})
		if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(rate{}, limit{})); diff != "" {
			t.Errorf("Ratelimit: %s\nRatelimit-Policy: %s\n(-want +got)\n%s", row.rate, row.policy, diff)
		}
	}
}

func FuzzRates(f *testing.F) {
	f.Add(`"default";r=50;t=30`, `"burst";q=100;w=60`)
	f.Add(`a;r=0;t=0,;;,"`, `,=;q=;w`)
	f.Fuzz(func(t *testing.T, text, policy string) {
		h := http.Header{"Ratelimit": {text}, "Ratelimit-Policy": {policy}}
		for _, r := range readRates(h) {
			if r.left < 0 || r.resets < 0 || r.policy.calls < 0 || r.policy.length < 0 || (r.policy.calls == 0) != (r.policy.length == 0) {
				t.Errorf("%q with %q: got %+v", text, policy, r)
			}
		}
		// Whatever an API says, a call is let go at some time.
		p := (&Limiter{}).of("", "")
		now := time.Unix(1e9, 0)
		for range 3 {
			for wait := p.admit(now); wait.For > 0; wait = p.admit(now) {
				now = now.Add(wait.For)
			}
			p.answered(now, now, h, false)
		}
	})
}

func TestLimitText(t *testing.T) {
	for want, wait := range map[string]Wait{
		"waiting 12s: the account allows 1,200 calls in 5 minutes":   {12 * time.Second, published},
		"waiting 4m50s: the account allows 60 calls in 1 second":     {290 * time.Second, limit{60, time.Second}},
		"waiting 1s: the account allows 1,000,000 calls in 1 minute": {time.Millisecond, limit{1e6, time.Minute}},
		"waiting 3s: the API asks for it":                            {3 * time.Second, limit{}},
	} {
		if got := wait.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Calls under way when an answer came may not be in what it says is left, whether it is of this window or the one before.
func TestCallsUnderWayCount(t *testing.T) {
	p := (&Limiter{}).of("", "")
	now := time.Unix(1e9, 0)
	admitted := func() (n int) {
		for p.admit(now).For == 0 {
			n++
		}
		return n
	}
	for range 4 {
		p.admit(now)
	}
	h := http.Header{"Ratelimit": {`"a";r=20;t=10`}, "Ratelimit-Policy": {`"a";q=40;w=10`}}
	p.answered(now, now, h, false)
	if w := p.windows["a"]; w.left != 17 {
		t.Errorf("20 are left and 3 under way: %d may go, want 17", w.left)
	}
	for p.windows["a"].left > 0 {
		now = now.Add(p.admit(now).For)
	}
	if n := admitted(); n != 0 {
		t.Errorf("%d more went, want none", n)
	}
	now = now.Add(p.admit(now).For)
	before := p.flying
	if n := admitted(); before != 20 || n != 1 {
		t.Errorf("with %d of the window before under way %d of 40 went at once, want 20 and 1: more than half may be used up", before, n)
	}
}
