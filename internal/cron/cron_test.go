package cron_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/cron"
)

// Which minutes are due, from the page on Cron Triggers and from what its numbers of days mean.
func TestDue(t *testing.T) {
	for _, c := range []struct{ expression, due, not string }{
		{"* * * * *", "2026-11-22 06:10", ""},
		{"*/30 * * * *", "2026-11-22 06:30", "2026-11-22 06:31"},
		{"45 * * * *", "2026-11-22 06:45", "2026-11-22 06:44"},
		{"0 17 * * sun", "2026-11-22 17:00", "2026-11-23 17:00"},
		{"0 17 * * 1", "2026-11-22 17:00", "2026-11-23 17:00"}, // 1 is Sunday
		{"0 17 * * 7", "2026-11-28 17:00", "2026-11-22 17:00"}, // 7 is Saturday
		{"10 7 * * mon-fri", "2026-11-23 07:10", "2026-11-22 07:10"},
		{"10 7 * * 2-6", "2026-11-27 07:10", "2026-11-28 07:10"},
		{"0 15 1 * *", "2026-12-01 15:00", "2026-12-02 15:00"},
		{"0 18 * * 6L", "2026-11-27 18:00", "2026-11-20 18:00"},   // the last Friday
		{"0 18 * * FRIL", "2026-11-27 18:00", "2026-11-20 18:00"}, //
		{"59 23 LW * *", "2026-10-30 23:59", "2026-10-31 23:59"},  // the last weekday
		{"0 0 L * *", "2026-11-30 00:00", "2026-11-29 00:00"},
		{"0 0 15W * *", "2026-11-16 00:00", "2026-11-15 00:00"}, // the 15th is a Sunday
		{"0 0 * * 2#1", "2026-11-02 00:00", "2026-11-09 00:00"}, // the first Monday
		{"0 0 * JAN,mar *", "2026-03-01 00:00", "2026-02-01 00:00"},
		{"0 0 13 * FRI", "2026-11-13 00:00", "2026-11-14 00:00"},
		{"0 0 14 * FRI", "2026-11-14 00:00", "2026-11-15 00:00"}, // one of the two is enough
	} {
		s, err := cron.Parse(c.expression)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		for text, want := range map[string]bool{c.due: true, c.not: false} {
			if text == "" {
				continue
			}
			at, err := time.Parse("2006-01-02 15:04", text)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Due(at.Add(59 * time.Second).In(time.FixedZone("far", 5*3600))); got != want {
				t.Errorf("%s at %s (%s): due is %v, want %v", c.expression, text, at.Weekday(), got, want)
			}
		}
	}
}

func TestInvalid(t *testing.T) {
	for _, text := range []string{
		"", "* * * *", "* * * * * *", "@daily", "60 * * * *", "* 24 * * *", "* * 32 * *", "* * * 13 *", "* * * * 0", "* * * * 8", "* * * * 10",
		"x * * * *", "* * * * MOO", "? * * * *", "* * ? * *", "5-1-2 * * * *", "* * * * 2#9",
	} {
		if _, err := cron.Parse(text); !errors.Is(err, cron.ErrInvalid) {
			t.Errorf("%q: got %v, want ErrInvalid", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"* * * * *", "0 0 LW 1,2 6L", "*/5 1-3 15W JAN-DEC 2#1", "@daily", "0 0 31 2 *", "9223372036854775807 * * * *"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := cron.Parse(text); err == nil {
			s.Due(time.Date(2026, 11, 22, 6, 10, 0, 0, time.UTC))
		}
	})
}
