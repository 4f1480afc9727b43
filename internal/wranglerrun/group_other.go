//go:build !unix

package wranglerrun

import "os/exec"

// Elsewhere it is left at the command itself, which the end of the context kills.
func withGroup(*exec.Cmd) {}
func endGroup(*exec.Cmd)  {}
