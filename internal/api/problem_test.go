package api

import (
	"errors"
	"fmt"
	"testing"
)

// A row that stands below a more general one would never be taken.
func TestEveryProblemIsReached(t *testing.T) {
	for i, p := range problems {
		got := problemOf(fmt.Errorf("while testing: %w", p.err))
		if got.code != p.code || got.status != p.status || got.message != p.message {
			t.Errorf("row %d, %v: answered as %v", i, p.err, got.err)
		}
		if p.status < 400 || p.code < 1000 && p.code != 971 || p.message == "" {
			t.Errorf("row %d, %v: status %d, code %d, message %q", i, p.err, p.status, p.code, p.message)
		}
	}
	if got := problemOf(errors.New("anything else")); got.status != 500 {
		t.Errorf("an unknown error: got status %d, want 500", got.status)
	}
}
