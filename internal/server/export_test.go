package server

import "github.com/bindery-dev/bindery/internal/kv/pebblekv"

// OnDisk lets change have the last word on the options of the store.
func OnDisk(o Options, change func(*pebblekv.Options)) Options {
	o.onDisk = change
	return o
}
