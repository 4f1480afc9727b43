package workerd

import (
	"os/exec"
	"syscall"
)

// tie lets the process die with us, even when we are killed.
func tie(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
