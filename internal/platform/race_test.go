//go:build race && unix

package platform_test

// The race detector makes large tests ten times slower: TestManyAccounts is smaller under it, and make unit runs
// the whole of it without.
func init() { manyAccounts = 50 }
