//go:build unix

package transfer

import (
	"os"
	"syscall"
)

// lockFile takes the lock of a file, which ends with the process.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
