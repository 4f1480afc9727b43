//go:build !linux

package workerd

import "os/exec"

// tie does nothing: only Linux lets a process die with its parent.
func tie(*exec.Cmd) {}
