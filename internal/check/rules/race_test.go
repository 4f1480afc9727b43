//go:build race

package rules_test

// These tests start no goroutines, so that the race detector finds nothing in them and takes seven times as long. `make
// unit` runs them without it, in full.
func init() { oneIn = 8 }
