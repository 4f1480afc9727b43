package fleet

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"github.com/bindery-dev/bindery/internal/workerd"
)

// levels of the console, as the log has them.
var levels = map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelWarn}

// output logs what Workers write to the console, and what workerd says. Where tail Workers tell what was
// done and by whom, it is theirs to say: the same lines are of use only if the process does not live to tell.
func (g *group) output(l workerd.Line) {
	level, tailed := levels[l.Level], g.plan.tailed()
	if tailed && !l.Runtime {
		level = slog.LevelDebug
	}
	who := []any{"account", g.plan.account, "worker", g.names()}
	if l.Exception {
		first, stack, _ := strings.Cut(l.Text, "\n")
		g.fleet.o.Log.Log(context.Background(), level, "exception", append(who, "exception", first, "stack", stack)...)
		return
	}
	message := "console"
	if l.Runtime {
		message = "workerd"
	}
	g.fleet.o.Log.Log(context.Background(), level, message, append(who, "text", l.Text)...)
}

// traceEvent is what the log takes of a trace event. Source: what `wrangler tail` prints.
type traceEvent struct {
	Outcome string
	Logs    []struct {
		Level   string
		Message json.RawMessage
	}
	Exceptions []struct{ Name, Message, Stack string }
}

// logEvent logs what a Worker has written and thrown in a call.
func (f *Fleet) logEvent(account, worker string, raw json.RawMessage) {
	var e traceEvent
	if err := json.Unmarshal(raw, &e); err != nil {
		f.o.Log.Warn("trace event not understood", "account", account, "worker", worker, "error", err)
		return
	}
	log := f.o.Log.With("account", account, "worker", worker)
	for _, l := range e.Logs {
		log.Log(context.Background(), levels[l.Level], "console", "text", consoleText(l.Message))
	}
	for _, x := range e.Exceptions {
		log.Warn("exception", "exception", x.Name+": "+x.Message, "stack", x.Stack, "outcome", e.Outcome)
	}
	switch {
	case e.Outcome == "ok", len(e.Exceptions) > 0:
	case e.Outcome == "canceled", e.Outcome == "responseStreamDisconnected": // whoever asked has left
		log.Debug("call ended", "outcome", e.Outcome)
	default:
		log.Warn("call ended", "outcome", e.Outcome)
	}
}

// consoleText is what console.log was given, as a line: texts as they are, anything else as its JSON.
func consoleText(message json.RawMessage) string {
	var parts []json.RawMessage
	if json.Unmarshal(message, &parts) != nil {
		return string(message)
	}
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteByte(' ')
		}
		var text string
		if json.Unmarshal(part, &text) != nil {
			text = string(part)
		}
		b.WriteString(text)
	}
	return b.String()
}
