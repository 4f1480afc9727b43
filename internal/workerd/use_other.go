//go:build !linux

package workerd

// useOf knows nothing: memory is not limited on such a system.
func useOf(int) (u use, known bool) { return use{}, false }

// giveWay does nothing on such a system.
func giveWay(int) {}
