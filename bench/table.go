package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is one figure of ours beside the peer's.
type row struct {
	what     string
	ours     samples
	peerName string
	peer     samples // empty: no peer
	better   string  // "lower", "higher", or "bounded": lower, and said as how many times the peer's it is
}

// samples are the readings of one side, in one unit.
type samples struct {
	unit   string
	values []float64
}

func (s *samples) add(v float64) { s.values = append(s.values, v) }

func (s samples) median() float64 {
	v := slices.Sorted(slices.Values(s.values))
	if len(v) == 0 {
		return 0
	}
	return v[len(v)/2]
}

// String gives the median and the spread.
func (s samples) String() string {
	if len(s.values) == 0 {
		return "–"
	}
	return fmt.Sprintf("%s %s (%s–%s)", number(s.median()), s.unit, number(slices.Min(s.values)), number(slices.Max(s.values)))
}

// ratio says how ours compares, in words that need no explaining.
func (r row) ratio() string {
	ours, peer := r.ours.median(), r.peer.median()
	switch {
	case r.better == "lower" && ours < peer:
		return number(peer/ours) + "× less"
	case r.better == "higher":
		return number(ours/peer) + "× as many"
	}
	return number(ours/peer) + "× as much"
}

func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func render(rows []row) string {
	var b strings.Builder
	b.WriteString("| what | bindery | peer | ratio |\n|---|---|---|---|\n")
	for _, r := range rows {
		peer, ratio := "–", "–"
		if len(r.peer.values) > 0 {
			peer = r.peerName + ": " + r.peer.String()
			ratio = r.ratio()
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.what, r.ours, peer, ratio)
	}
	return b.String()
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
