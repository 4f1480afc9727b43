package pebblekv

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// pebbleOptions suit a server with a small footprint: a modest cache and memtable,
// few open files. A batch larger than a memtable is flushed on its own.
func pebbleOptions(o Options, lock *pebble.Lock) *pebble.Options {
	options := &pebble.Options{
		FS:        o.FS,
		Lock:      lock,
		Logger:    engineLogger{log: o.Log, fatal: o.Fatal},
		CacheSize: o.CacheBytes,
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

// Fatalf must not return: Pebble's state is undefined afterwards.
func (l engineLogger) Fatalf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
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
