package kv_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

func TestPace(t *testing.T) {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	pace := kv.NewPace(time.Second)
	for _, row := range []struct {
		at                      time.Duration
		account, namespace, key string
		after                   time.Duration // 0: it is admitted
	}{
		{0, "a", "n", "k", 0},
		{0, "a", "n", "other", 0},
		{0, "a", "other", "k", 0},
		{0, "other", "n", "k", 0},
		{400 * time.Millisecond, "a", "n", "k", 600 * time.Millisecond}, // and does not count
		{700 * time.Millisecond, "a", "n", "late", 0},
		{time.Second, "a", "n", "k", 0},
		{time.Second + 200*time.Millisecond, "a", "n", "late", 500 * time.Millisecond}, // of the interval before
		{2 * time.Second, "a", "n", "k", 0},
		{2 * time.Second, "a", "n", "late", 0},
		{time.Hour, "a", "n", "k", 0},
	} {
		err := pace.Admit(row.account, row.namespace, row.key, start.Add(row.at))
		var soon *kv.TooSoonError
		switch {
		case row.after == 0 && err != nil:
			t.Errorf("%s/%s/%s after %v: got %v, want it admitted", row.account, row.namespace, row.key, row.at, err)
		case row.after != 0 && (!errors.As(err, &soon) || soon.After != row.after || !errors.Is(err, kv.ErrTooSoon)):
			t.Errorf("%s/%s/%s after %v: got %v, want it refused for %v", row.account, row.namespace, row.key, row.at, err, row.after)
		}
	}
	none := kv.NewPace(0)
	for range 2 {
		if err := none.Admit("a", "n", "k", start); err != nil {
			t.Errorf("without a pace: got %v", err)
		}
	}
}
