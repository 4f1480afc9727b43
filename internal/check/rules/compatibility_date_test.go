package rules_test

import (
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// A day that has begun somewhere on earth is not in the future, and a clock that was never set proves nothing.
func TestCompatibilityDateByTheClock(t *testing.T) {
	for _, test := range []struct {
		now, date string
		future    bool
	}{
		{"2027-03-01T00:00:00Z", "2027-02-28", false},
		{"2027-03-01T00:00:00Z", "2027-03-01", false},
		{"2027-03-01T00:00:00Z", "2027-03-02", false},
		{"2027-03-01T00:00:00Z", "2027-03-03", true},
		{"2027-03-01T23:00:00-11:00", "2027-03-03", false},
		{"1970-01-01T00:00:00Z", "2026-11-01", false},
		{"1970-01-01T00:00:00Z", "2062-04-01", true},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		src := "name = \"a\"\nmain = \"a.js\"\ncompatibility_date = \"" + test.date + "\"\n"
		p := &check.Project{
			Configs: []*wrangler.Config{wrangler.Parse("wrangler.toml", []byte(src))},
			Clock:   func() time.Time { return now },
		}
		if found := has(check.Run(p, check.Options{Rules: rules.All()}), "compatibility-date"); found != test.future {
			t.Errorf("at %s the date %s lies in the future: %v, want %v", test.now, test.date, found, test.future)
		}
	}
}
