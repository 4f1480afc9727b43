// Package heap sets how the memory of a process is kept that checks configurations: how much garbage may lie, and in which
// pages. It is the one place that does, and no other process of bindery wants it otherwise.
package heap

import (
	"cmp"
	"runtime/debug"
	"sync"
)

// How much garbage may lie, in percent of what is used.
const (
	// What is read is forgotten folder by folder, so that twice as much garbage costs little memory and saves time.
	usual = 200
	// Of thousands of configurations so much is kept (200 bytes of each) that as much garbage as that would be seen.
	forMany = 100
	// What a large configuration becomes stays to the end: there less is enough.
	large = 50
	// Code is parsed into sixty times its length, most of which is used until it is understood: to look for
	// garbage meanwhile takes a third of the time, and finds little.
	off = -1
)

// many configurations are more than this.
const many = 2_000

// Between these lengths of a Worker's code no garbage is looked for. Less code is read before the first of it is, and of more
// the memory would not do.
const (
	muchCode    = 128 << 10
	tooMuchCode = 4 << 20
)

// A Keeper keeps the heap while configurations are checked. Its methods are safe for concurrent use.
type Keeper struct {
	mu    sync.Mutex
	least int  // the least that was asked for; 0: usual
	off   bool // no garbage is looked for at present
	huge  bool // the heap grows in huge pages
}

// Start begins to keep the heap; what it returns gives it back.
func (k *Keeper) Start() (stop func()) {
	before := debug.SetGCPercent(usual)
	return func() { debug.SetGCPercent(before) }
}

// Moving begins to keep the heap while keys go from place to place: batches come and go, and of their garbage no more
// shall lie than half of what is used. What it returns gives it back.
func Moving() (stop func()) {
	before := debug.SetGCPercent(large)
	return func() { debug.SetGCPercent(before) }
}

// Large is told of a large configuration.
func (k *Keeper) Large() { k.atMost(large) }

// Configurations is told how many there are.
func (k *Keeper) Configurations(n int) {
	if n > many {
		k.atMost(forMany)
	}
}

func (k *Keeper) atMost(percent int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if percent < cmp.Or(k.least, usual) {
		k.least, k.off = percent, false
		debug.SetGCPercent(percent)
	}
}

// Code is told how many bytes of a Worker's code are read, and with 0 that it is understood. Several Workers may be read at a time.
func (k *Keeper) Code(bytes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	none := (k.off && bytes != 0 || bytes >= muchCode) && bytes < tooMuchCode
	if none == k.off {
		return // a change stops the world
	}
	k.off = none
	if !none {
		debug.SetGCPercent(cmp.Or(k.least, usual))
		return
	}
	if !k.huge {
		k.huge = true
		growInHugePages(128 << 20)
	}
	debug.SetGCPercent(off)
}
