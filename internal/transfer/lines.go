package transfer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// maxLine bounds a line of NDJSON: a value of kv.MaxValueBytes in base64 takes 35 MB.
const maxLine = 64 << 20

// exportVersion is the version of the form that this package writes, and the newest that it reads.
const exportVersion = 1

// Header is the first line of what this package writes.
type Header struct {
	Bindery string    `json:"bindery"` // kv-export
	Version int       `json:"version"`
	Source  string    `json:"source,omitempty"`
	Time    time.Time `json:"time"`
}

// Manifest is the last line of it.
type Manifest struct {
	Keys   int64  `json:"keys"`
	Bytes  int64  `json:"bytes"`  // of the values
	SHA256 string `json:"sha256"` // of all lines between the first and the last, with their line ends; 64 hex digits
}

type manifestLine struct {
	Manifest *Manifest `json:"manifest"`
}

const (
	headerStart   = `{"bindery":`
	manifestStart = `{"manifest":`
	exportKind    = "kv-export"
)

// DamagedError: a file does not hold what it says it does.
type DamagedError struct{ Reason string }

func (e *DamagedError) Error() string { return e.Reason }

// Hint says what to do.
func (e *DamagedError) Hint() string {
	return "the file was cut off or changed after it was written: export it again, or take another copy"
}

// lineReader reads lines between a header and a manifest, both of which may be missing in a file by others. It holds
// the lines against the manifest.
type lineReader struct {
	r      *bufio.Reader
	header *Header
	number int   // of the line that next returned, from 1
	bytes  int64 // of values, counted by whoever reads the lines; -1 if nobody does
	keys   int64
	hash   hash.Hash
	line   []byte
	ended  bool // the manifest was read
}

// newLineReader reads the header, if there is one.
func newLineReader(r io.Reader) (*lineReader, error) {
	l := &lineReader{r: bufio.NewReaderSize(r, 64<<10), hash: sha256.New()}
	if start, _ := l.r.Peek(3); string(start) == "\ufeff" {
		_, _ = l.r.Discard(3)
	}
	start, err := l.r.Peek(len(headerStart))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(start) != headerStart {
		return l, nil
	}
	text, err := l.read()
	if err != nil {
		return nil, err
	}
	var h Header
	switch err := decodeStrict(text, &h); {
	case h.Version > exportVersion:
		return nil, fmt.Errorf("line 1: version %d of the form is newer than this bindery", h.Version)
	case err != nil:
		return nil, fmt.Errorf("line 1: %w", err)
	case h.Bindery != exportKind || h.Version < 1:
		return nil, fmt.Errorf("line 1: it is not the header of a %s", exportKind)
	}
	l.header = &h
	return l, nil
}

// next returns the next line that is no header or manifest, or io.EOF once all was read and the manifest was right. The
// bytes are good until the next call.
func (l *lineReader) next() ([]byte, error) {
	for {
		text, err := l.read()
		switch {
		case err == io.EOF && l.header != nil && !l.ended:
			return nil, &DamagedError{fmt.Sprintf("the file ends after line %d without its manifest", l.number)}
		case err != nil:
			return nil, err
		case len(bytes.TrimSpace(text)) == 0:
			continue
		case l.ended:
			return nil, &DamagedError{fmt.Sprintf("line %d: something follows the manifest", l.number)}
		case bytes.HasPrefix(text, []byte(manifestStart)):
			if err := l.verify(text); err != nil {
				return nil, err
			}
			l.ended = true
			continue
		}
		l.keys++
		l.hash.Write(text)
		return text, nil
	}
}

func (l *lineReader) verify(text []byte) error {
	var said manifestLine
	if err := decodeStrict(text, &said); err != nil || said.Manifest == nil {
		return &DamagedError{fmt.Sprintf("line %d: the manifest cannot be read", l.number)}
	}
	m, sum := said.Manifest, hex.EncodeToString(l.hash.Sum(nil))
	switch {
	case m.Keys != l.keys:
		return &DamagedError{fmt.Sprintf("the manifest counts %d keys, and the file has %d", m.Keys, l.keys)}
	case m.SHA256 != sum:
		return &DamagedError{fmt.Sprintf("the lines have the SHA-256 %s, and the manifest says %s", sum, printable(m.SHA256))}
	case l.bytes >= 0 && m.Bytes != l.bytes:
		return &DamagedError{fmt.Sprintf("the manifest counts %d bytes of values, and the file has %d", m.Bytes, l.bytes)}
	}
	return nil
}

// read returns a line with its line end, which the last one may lack.
func (l *lineReader) read() ([]byte, error) {
	l.line = l.line[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		l.line = append(l.line, part...)
		switch {
		case len(l.line) > maxLine:
			return nil, fmt.Errorf("line %d has more than %d bytes", l.number+1, maxLine)
		case errors.Is(err, bufio.ErrBufferFull):
		case err == io.EOF && len(l.line) == 0:
			return nil, io.EOF
		case err == nil, err == io.EOF:
			l.number++
			return l.line, nil
		default:
			return nil, err
		}
	}
}

// lineWriter writes what lineReader reads.
type lineWriter struct {
	w    *bufio.Writer
	sum  hash.Hash
	said Manifest
}

func newLineWriter(w io.Writer, h Header) (*lineWriter, error) {
	l := &lineWriter{w: bufio.NewWriterSize(w, 64<<10), sum: sha256.New()}
	h.Bindery, h.Version, h.Time = exportKind, exportVersion, h.Time.UTC().Truncate(time.Second)
	text, err := encodeLine(h)
	if err != nil {
		return nil, err
	}
	_, err = l.w.Write(text)
	return l, err
}

// write adds a line for a key whose value has so many bytes.
func (l *lineWriter) write(v any, size int) error {
	text, err := encodeLine(v)
	if err != nil {
		return err
	}
	l.said.Keys++
	l.said.Bytes += int64(size)
	l.sum.Write(text)
	_, err = l.w.Write(text)
	return err
}

// end writes the manifest.
func (l *lineWriter) end() error {
	l.said.SHA256 = hex.EncodeToString(l.sum.Sum(nil))
	text, err := encodeLine(manifestLine{&l.said})
	if err == nil {
		_, err = l.w.Write(text)
	}
	return errors.Join(err, l.w.Flush())
}

// printable is text of a file in a message: short, and nothing that a terminal obeys.
func printable(text string) string {
	if len(text) > 80 {
		text = text[:80] + "…"
	}
	quoted := fmt.Sprintf("%q", text)
	return quoted[1 : len(quoted)-1]
}
