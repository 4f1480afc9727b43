package tails

import (
	"encoding/json"
	"io"
)

// TryEvent shows an event to a filter.
func TryEvent(event, filter []byte) {
	filters, err := parseFilters([]json.RawMessage{filter})
	if err != nil {
		return
	}
	if e, err := readEvent(event, "api", "v1"); err == nil {
		filters[0].passes(e, "127.0.0.1")
	}
}

// ReadFrame reads a frame.
func ReadFrame(from io.Reader) ([]byte, error) {
	_, content, err := readFrame(from)
	return content, err
}
