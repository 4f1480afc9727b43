//go:build race

package r2_test

// The race detector makes everything slow, and counts what it allocates itself.
func init() { large = 24 * mib }
