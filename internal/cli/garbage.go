package cli

import (
	"cmp"
	"runtime/debug"
	"sync"
)

// garbage is how much of it may lie, in percent of what is used, while configurations are checked. This is the one place
// that sets it; no other process of bindery wants it otherwise.
type garbage struct {
	mu    sync.Mutex
	usual int  // 0: usualGarbage
	off   bool // none is looked for at present
}

const (
	// What is read is forgotten folder by folder, so that twice as much garbage costs little memory and saves time.
	usualGarbage = 200
	// What a large configuration becomes stays to the end: there less is enough.
	largeGarbage = 50
	// Code is parsed into sixty times its length, most of which is used until it is understood: to look for
	// garbage meanwhile takes a third of the time, and finds little.
	codeGarbage = -1 // any
)

// Between these lengths of a Worker's code no garbage is looked for. Less code is read before the first of it is, and of more
// the memory would not do.
const (
	muchCode    = 256 << 10
	tooMuchCode = 4 << 20
)

// large is told of a large configuration.
func (g *garbage) large() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.usual, g.off = largeGarbage, false
	debug.SetGCPercent(g.usual)
}

// code is told how much code of one of several Workers is read, and with 0 that it is understood.
func (g *garbage) code(bytes int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	off := g.off && bytes != 0 || bytes >= muchCode
	off = off && bytes < tooMuchCode
	if off == g.off {
		return // a change stops the world
	}
	g.off = off
	percent := cmp.Or(g.usual, usualGarbage)
	if off {
		percent = codeGarbage
	}
	debug.SetGCPercent(percent)
}
