package pebblekv

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// pebbleOptions suit a server with a small footprint: a modest cache and memtable,
// few open files. A batch larger than a memtable is flushed on its own.
func pebbleOptions(o Options, lock *pebble.Lock) *pebble.Options {
	logger := engineLogger{log: o.Log, fatal: o.Fatal}
	options := &pebble.Options{
		FS:            o.FS,
		Lock:          lock,
		Logger:        logger,
		EventListener: &pebble.EventListener{BackgroundError: logger.backgroundError},
		CacheSize:     o.CacheBytes,
		// Named rather than FormatNewest: a newer Pebble must not raise the format
		// of a folder unasked.
		FormatMajorVersion: pebble.FormatValueSeparation,
		MemTableSize:       4 << 20,
		MaxOpenFiles:       256,
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
	log   *slog.Logger
	fatal func(string)
}

func (l engineLogger) Infof(format string, args ...any) {
	l.log.Debug("storage engine", "detail", fmt.Sprintf(format, args...))
}

func (l engineLogger) Errorf(format string, args ...any) {
	l.log.Error("storage engine", "detail", fmt.Sprintf(format, args...))
}

// backgroundError is told what went wrong while the log was turned into tables. Pebble
// then tries again at once, for ever and without a pause, while writers wait: what the
// operating system refuses, as on a full disk, ends the process instead.
func (l engineLogger) backgroundError(err error) {
	var refused syscall.Errno
	if errors.As(err, &refused) {
		l.Fatalf("background error: %v", err)
	}
	l.Errorf("background error: %v", err)
}

// Fatalf must not return: Pebble's state is undefined afterwards. What follows the
// message's first line are stack traces.
func (l engineLogger) Fatalf(format string, args ...any) {
	message, _, _ := strings.Cut(fmt.Sprintf(format, args...), "\n")
	l.log.Error("storage engine cannot go on", "detail", message)
	l.fatal(message)
	panic("pebblekv: Options.Fatal returned")
}

// endProcess ends the process with the exit code of "could not run".
func endProcess(message string) {
	fmt.Fprintln(os.Stderr, "error: the data folder cannot be written to any more:", message)
	fmt.Fprintln(os.Stderr, "hint: check that its disk is there and not full, then start again; acknowledged writes are safe")
	os.Exit(3)
}
