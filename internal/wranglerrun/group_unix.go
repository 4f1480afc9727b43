//go:build unix

package wranglerrun

import (
	"os/exec"
	"syscall"
)

// withGroup makes the end of the context end whatever the command started: wrangler starts a build, a package manager
// starts wrangler.
func withGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endGroup ends what did not end when it was asked to.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // nobody is left: the usual case
	}
}
