package workerd

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// useOf reads what the kernel says of a process; not known when it has ended.
// Source: proc_pid_stat(5). Fields are counted from behind the name, which may hold anything.
func useOf(pid int) (u use, known bool) {
	const utime, stime, rss, hertz = 11, 12, 21, 100 // ticks are of 10 ms on all systems that Go runs on
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return use{}, false
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= rss {
		return use{}, false
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(string(fields[i])) // the kernel writes digits
		return n
	}
	return use{
		cpu:    time.Duration(number(utime)+number(stime)) * (time.Second / hertz),
		memory: number(rss) * os.Getpagesize() >> 20,
	}, true
}

// giveWay lets everybody else have the processor first. It is the thread of the process that runs
// JavaScript, and what that starts. Nothing but a new process takes it back.
func giveWay(pid int) {
	const nice = 10
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, nice) // it may have ended
}
