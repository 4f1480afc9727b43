//go:build !unix

package workerd

import (
	"context"
	"os"
)

// lockDisks locks nothing: no workerd is found on such a system, see platforms.
func lockDisks(context.Context, []Disk) ([]*os.File, error) { return nil, nil }
