//go:build !linux

package heap

// growInHugePages does nothing where pages cannot be asked for.
func growInHugePages(int) {}
