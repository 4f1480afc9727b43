//go:build unix

package workerd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockDisks takes a lock on each disk, in a file beside it, and waits for whoever has it until
// ctx ends. The process inherits the files, and the locks end with the last who has them open:
// one that outlives a killed server keeps its disks from the next server's process.
//
// workerd itself has no such lock. Two on one folder serve the same object twice, or die.
func lockDisks(ctx context.Context, disks []Disk) (locks []*os.File, err error) {
	for _, d := range disks {
		f, err := os.OpenFile(d.Path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return locks, fmt.Errorf("lock a folder of Durable Objects: %w", err)
		}
		locks = append(locks, f)
		for {
			err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
			if err == nil {
				break
			}
			if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
				return locks, fmt.Errorf("lock a folder of Durable Objects: %w", err)
			}
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
				return locks, &StartError{Text: "another process has the Durable Objects in " + d.Path}
			}
		}
	}
	return locks, nil
}
