package main

import "testing"

func TestRatio(t *testing.T) {
	for _, tt := range []struct {
		better     string
		ours, peer float64
		want       string
	}{
		{"lower", 10, 40, "4.00× less"},
		{"lower", 108, 100, "1.08× as much"},
		{"lower", 10, 10, "1.00× as much"},
		{"bounded", 5, 10, "0.50× as much"},
		{"bounded", 15, 10, "1.50× as much"},
		{"higher", 15, 10, "1.50× as many"},
		{"higher", 5, 10, "0.50× as many"},
	} {
		r := row{better: tt.better, ours: samples{values: []float64{tt.ours}}, peer: samples{values: []float64{tt.peer}}}
		if got := r.ratio(); got != tt.want {
			t.Errorf("%v of ours, %v of the peer, %s is better: %q, want %q", tt.ours, tt.peer, tt.better, got, tt.want)
		}
	}
}
