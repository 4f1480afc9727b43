package lsp

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// Whatever comes in, the reader ends, with whole messages before that.
func FuzzReader(f *testing.F) {
	f.Add([]byte("Content-Length: 2\r\n\r\n{}"))
	f.Add([]byte("Content-Length: 2\n\n{}Content-Length: 1\r\n\r\n1"))
	f.Add([]byte("content-length: -1\r\n\r\n"))
	f.Add([]byte("Content-Length: 70000000\r\n\r\n"))
	f.Add([]byte("\r\n\r\n"))
	f.Add([]byte(strings.Repeat("a: b\r\n", 100)))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := newReader(bytes.NewReader(in))
		for n := 0; ; n++ {
			m, err := r.read()
			if err != nil {
				if m != nil {
					t.Errorf("a message and an error: %v, %v", m, err)
				}
				if errors.Is(err, io.EOF) != (err == io.EOF) {
					t.Errorf("EOF is wrapped: %v", err)
				}
				return
			}
			if n > len(in) {
				t.Fatalf("%d messages in %d bytes", n, len(in))
			}
		}
	})
}
