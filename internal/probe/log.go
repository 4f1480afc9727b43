package probe

import (
	"context"
	"log/slog"

	"github.com/bindery-dev/bindery/internal/selftest"
)

// Keys of log lines.
const (
	logBinding = "binding"
	logDetail  = "detail"
	logAdvice  = "advice"
	logKey     = "key"
	logRemote  = "remote"
	logStage   = "stage"
	logStatus  = "status"
	logTook    = "took"
)

// log states what a run found: a line for each binding, and one for each stage.
func (h *handler) log(ctx context.Context, results []selftest.Result) {
	for _, r := range results {
		log := h.options.Log.With(logBinding, r.Binding)
		for _, s := range r.Stages {
			level := slog.LevelDebug
			switch {
			case s.Success || s.Skipped:
			case r.Optional:
				level = slog.LevelWarn
			default:
				level = slog.LevelError
			}
			log.Log(ctx, level, "self-test stage ended", logStage, s.Name, logDetail, s.Message, logAdvice, s.Advice, logTook, s.Took)
		}
		status := selftest.Summarize([]selftest.Result{r}).Data.OverallStatus
		log.Log(ctx, slog.LevelInfo, "self-test ended", logStatus, status, logKey, r.Key)
	}
}
