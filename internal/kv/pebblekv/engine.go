package pebblekv

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// pebbleOptions suit a server with a small footprint: a modest cache and memtable,
// few open files. A batch larger than a memtable is flushed on its own.
func pebbleOptions(o Options, h *health) *pebble.Options {
	logger := engineLogger{log: o.Log, health: h}
	options := &pebble.Options{
		FS:     &disk{FS: o.FS, dir: o.Dir, health: h},
		Logger: logger,
		EventListener: &pebble.EventListener{
			BackgroundError: logger.backgroundError,
			DataCorruption:  logger.dataCorruption,
		},
		CacheSize: o.CacheBytes,
		// Named rather than FormatNewest: a newer Pebble must not raise the format
		// of a folder unasked.
		FormatMajorVersion: pebble.FormatValueSeparation,
		// Two of them are all that writes keep in memory. Larger ones were tried: a bulk
		// put, which goes past them, gained nothing, and starting after a crash takes
		// longer, as the log is as long.
		MemTableSize: 4 << 20,
		// To open a table costs more than to read from it: with 256 open, a get among 50
		// million keys, in 700 tables, took twice the processor time.
		MaxOpenFiles: 2000,
	}
	// Large values, and that is chunks above all, lie in files of their own, and a
	// compaction moves no more than their keys: uploads take half the processor time.
	// Smaller ones stay beside their keys, where one read finds both.
	options.Experimental.ValueSeparationPolicy = func() pebble.ValueSeparationPolicy {
		return pebble.ValueSeparationPolicy{
			Enabled:               true,
			MinimumSize:           32 << 10,
			MaxBlobReferenceDepth: 10,
			RewriteMinimumAge:     time.Minute,
			TargetGarbageRatio:    0.2,
		}
	}
	// Most writes are of keys that are not there yet, and each looks for the record
	// it replaces: the filters answer that without a read.
	for i := range options.Levels {
		options.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return options
}

// engineLogger hands Pebble's own messages on: what it reports of its work is of
// interest to nobody but who looks for a fault in it.
type engineLogger struct {
	log    *slog.Logger
	health *health
}

func (l engineLogger) Infof(format string, args ...any) {
	l.log.Debug("storage engine", "detail", fmt.Sprintf(format, args...))
}

func (l engineLogger) Errorf(format string, args ...any) {
	l.log.Error("storage engine", "detail", fmt.Sprintf(format, args...))
}

// backgroundError is told what went wrong while the log was turned into tables, or
// tables into others. Nothing is lost by it: Pebble tries again.
func (l engineLogger) backgroundError(err error) {
	l.log.Error("storage engine", "error", err)
}

// dataCorruption is told which file is not what was written. A store that holds one
// takes no writes: what would be made of the file might be damaged in turn.
func (l engineLogger) dataCorruption(info pebble.DataCorruptionInfo) {
	l.health.fail(&damagedError{info.Path, info.Details})
}

// Fatalf must not return: Pebble's state is undefined afterwards. What follows the
// message's first line are stack traces.
func (l engineLogger) Fatalf(format string, args ...any) {
	message, _, _ := strings.Cut(fmt.Sprintf(format, args...), "\n")
	l.health.fail(errors.New(message))
	halt()
}
