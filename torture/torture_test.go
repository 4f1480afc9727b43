package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// A short campaign; make torture runs a long one.
func TestCampaign(t *testing.T) {
	c := campaign{kills: 3, seed: 1, workers: 4}
	summary, err := c.run(t.Context())
	if err != nil {
		t.Fatalf("%v\nseed %d, folder %s", err, c.seed, c.data)
	}
	if !strings.HasPrefix(summary, "3 kills, ") {
		t.Errorf("got %q, want it to begin with the number of kills", summary)
	}
}

// The judge takes what may be there and refuses the rest: a campaign that cannot fail
// proves nothing.
func TestFound(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	one := &version{key: "k", n: 1, size: 100}
	two := &version{key: "k", n: 2, size: 100, expiration: now.Unix() + 10}
	past := &version{key: "k", n: 3, size: 100, expiration: now.Unix() - 1}
	item := func(v *version) *kv.Item { p := v.pair(); return &p.Item }
	torn := item(one)
	torn.Metadata = item(two).Metadata
	for name, row := range map[string]struct {
		may  []*version
		got  *kv.Item
		fits bool
	}{
		"acknowledged and there":          {[]*version{one}, item(one), true},
		"acknowledged and lost":           {[]*version{one}, nil, false},
		"acknowledged, yet the older one": {[]*version{two}, item(one), false},
		"cut off, and the new one":        {[]*version{one, two}, item(two), true},
		"cut off, and the old one":        {[]*version{one, two}, item(one), true},
		"cut off, and neither":            {[]*version{one, two}, nil, false},
		"put together from two":           {[]*version{one, two}, torn, false},
		"cut short":                       {[]*version{one}, &kv.Item{Value: one.pair().Value[:50], Metadata: one.pair().Metadata}, false},
		"deleted and gone":                {[]*version{nil}, nil, true},
		"deleted and back":                {[]*version{nil}, item(one), false},
		"expired and gone":                {[]*version{past}, nil, true},
		"expired and back":                {[]*version{past}, item(past), false},
	} {
		e := &entry{key: "k", may: row.may}
		if err := e.found(row.got, now, now); (err == nil) != row.fits {
			t.Errorf("%s: got %v, want it to fit: %v", name, err, row.fits)
		}
	}
}

// A short campaign against copies; make torture-copies runs a long one.
func TestCopies(t *testing.T) {
	c := copies{campaign: &campaign{kills: 1, seed: 3}}
	summary, err := c.run(t.Context())
	if err != nil {
		t.Fatalf("%v\nseed %d, folder %s", err, c.seed, c.data)
	}
	if !strings.HasPrefix(summary, "1 stops of ") {
		t.Errorf("got %q, want it to begin with the number of stops", summary)
	}
}

// What is sent again is counted, and a batch of it is allowed.
func TestAgain(t *testing.T) {
	l := &link{}
	l.forget()
	for _, row := range []struct {
		sent []string
		keys int
	}{{[]string{"a", "b"}, 0}, {[]string{"b", "c"}, 1}, {[]string{"a", "b", "c"}, 3}, {[]string{"d"}, 0}} {
		for _, key := range row.sent {
			l.now[key] = 10
		}
		if keys, size := l.again(); keys != row.keys || size != 10*row.keys {
			t.Errorf("%q: %d keys and %d bytes were sent again, want %d and %d", row.sent, keys, size, row.keys, 10*row.keys)
		}
	}
}
