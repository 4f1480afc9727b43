package cli

import (
	"strings"
	"testing"
	"time"
)

func TestWrap(t *testing.T) {
	const id = `id = "70d3ace4278b4690e1ad21b90d6a343e"`
	long := strings.Repeat("word ", 16) + "and then " + id
	got := wrap("  → ", long)
	want := "  → " + strings.Repeat("word ", 16) + "and then\n    " + id
	if got != want {
		t.Errorf("wrap broke\n%s\ninto\n%s\nwant\n%s", long, got, want)
	}
	if got := wrap("- ", "short"); got != "- short" {
		t.Errorf("wrap made %q of a short text", got)
	}
}

func TestRoundTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                       "0.0 ms",
		420 * time.Microsecond:  "0.4 ms",
		12 * time.Millisecond:   "12 ms",
		1340 * time.Millisecond: "1.3 s",
	} {
		if got := roundTime(d); got != want {
			t.Errorf("roundTime(%d) = %q, want %q", d, got, want)
		}
	}
}
