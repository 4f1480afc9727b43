package transfer

import "testing"

// SmallBatches makes batches of n pairs for a test.
func SmallBatches(t *testing.T, n int) {
	before := maxPairs
	maxPairs = n
	t.Cleanup(func() { maxPairs = before })
}
