package lsp

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
)

// A judgement is what Server.Judge said of the files at one moment.
type judgement struct {
	changes int               // that were made until then
	open    map[string][]byte // the text of the open files
	found   []check.Diagnostic
	err     error
	panic   string // with its stack; empty if there was none
}

// startJudging judges everything in the background, as it is now. One judgement is under way at a time: the next begins when it
// has ended, which is soon, as changed cancels it.
func (c *session) startJudging(ctx context.Context) {
	c.quiet.Stop()
	if c.cancel != nil {
		c.due = true
		return
	}
	c.due = false
	open := make(map[string][]byte, len(c.open))
	for path, doc := range c.open {
		open[path] = doc.text
	}
	now, folders, changed := judgement{changes: c.changes, open: open}, slices.Clone(c.folders), slices.Sorted(maps.Keys(c.touched))
	ctx, c.cancel = context.WithCancel(ctx)
	go func() { c.judged <- now.by(ctx, c.server, folders, changed) }()
}

// by is the judgement with what the server says.
func (j judgement) by(ctx context.Context, s *Server, folders, changed []string) (of judgement) {
	defer func() {
		if p := recover(); p != nil {
			of = j
			of.panic = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
	}()
	j.found, j.err = s.Judge(ctx, folders, j.open, changed)
	return j
}

// finish publishes a judgement, and answers who waited for it. Of one that was overtaken by a change nothing is shown: the next
// is on its way. Should it have failed, what the editor shows stays.
func (c *session) finish(ctx context.Context, j judgement) {
	c.cancel()
	c.cancel = nil
	switch {
	case j.changes != c.changes && c.due:
		c.startJudging(ctx)
		return
	case j.changes != c.changes:
		return // the quiet after the change is not over
	case j.panic != "":
		c.log.Error("panic", "panic", j.panic)
	case j.err != nil:
		c.log.Warn("check failed", "error", j.err)
		c.notify("window/logMessage", map[string]any{"type": 2, "message": "bindery: " + j.err.Error()})
	default:
		c.last = j
		clear(c.touched)
		c.publish()
	}
	waiting := c.waiting
	c.waiting = nil
	for _, m := range waiting {
		if c.upToDate() {
			c.handle(ctx, m)
		} else {
			c.fail(m, errorf(codeInternal, "bindery could not check the files"))
		}
	}
}

// upToDate says whether the text of every open file is the one that was judged last.
func (c *session) upToDate() bool {
	if c.last.open == nil || len(c.last.open) != len(c.open) {
		return false
	}
	for path, doc := range c.open {
		if text, ok := c.last.open[path]; !ok || !bytes.Equal(text, doc.text) {
			return false
		}
	}
	return true
}

// stopJudging ends the judgement that is under way, and waits until it has ended.
func (c *session) stopJudging() {
	if c.cancel != nil {
		c.cancel()
		<-c.judged
	}
}
