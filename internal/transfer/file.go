package transfer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Format is the form of a file or folder.
type Format string

// The forms; docs/data.md describes them.
const (
	NDJSON   Format = "ndjson" // a line a key, with a manifest
	BulkJSON Format = "json"   // an array, as `wrangler kv bulk put` takes it
	Folder   Format = "folder" // a file a value, with an index
)

// FormatOf is the form that a name stands for: .ndjson or .jsonl, .json, each with .gz or .zst behind it, or a folder's
// with a slash at its end. "" if it is no such name.
func FormatOf(name string) Format {
	bare, compression := uncompressed(name)
	switch {
	case strings.HasSuffix(name, "/"), strings.HasSuffix(name, string(filepath.Separator)):
		return Folder
	case strings.HasSuffix(bare, ".ndjson"), strings.HasSuffix(bare, ".jsonl"):
		return NDJSON
	case strings.HasSuffix(bare, ".json"):
		return BulkJSON
	case compression != "":
		return NDJSON
	}
	return ""
}

// ExistsError: what is to be made is there already.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string { return e.Path + " is there already" }

// Hint says what to do.
func (e *ExistsError) Hint() string {
	return "an export replaces nothing: name another file, or move this one away"
}

// file is a source that is read from its beginning at each scan.
type file struct {
	label   string
	pairs   func() iter.Seq2[kv.Pair, error]
	ordered bool
	total   int64 // keys, of a file with a manifest
}

// OpenFile returns a file or folder as a source. A file of NDJSON with a header is read once and held against its
// manifest first, so that nothing of a damaged one is used. A time to live in a file counts from now.
func OpenFile(path string, format Format, now time.Time) (Source, error) {
	f := &file{label: path}
	switch format {
	case Folder:
		f.ordered = true
		f.pairs = func() iter.Seq2[kv.Pair, error] { return readFolder(path) }
		if _, err := os.Stat(filepath.Join(path, indexFile)); err != nil {
			return nil, fmt.Errorf("%s is no export: %w", path, err)
		}
		return f, nil
	case NDJSON:
		var err error
		if f.total, f.ordered, err = verifyFile(path); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	default:
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	f.pairs = func() iter.Seq2[kv.Pair, error] {
		return func(yield func(kv.Pair, error) bool) {
			err := withFile(path, func(r io.Reader) error {
				for p, err := range readPairs(r, format, now) {
					if err != nil {
						return err
					}
					if !yield(p, nil) {
						return nil
					}
				}
				return nil
			})
			if err != nil {
				yield(kv.Pair{}, err)
			}
		}
	}
	return f, nil
}

// ReadStream returns what comes out of r as a source that can be scanned once. A manifest is verified at its end.
func ReadStream(r io.Reader, format Format, now time.Time) Source {
	return &file{label: "standard input", pairs: func() iter.Seq2[kv.Pair, error] { return readPairs(r, format, now) }}
}

func readPairs(r io.Reader, format Format, now time.Time) iter.Seq2[kv.Pair, error] {
	if format == BulkJSON {
		return readBulkJSON(r, now)
	}
	return readNDJSON(r)
}

// withFile hands what a file holds, decompressed, to do.
func withFile(path string, do func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, compression := uncompressed(path)
	r, err := decompress(bufio.NewReaderSize(f, 256<<10), compression)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	defer r.Close()
	return do(r)
}

// verifyFile holds a file of NDJSON against its manifest, and says how many keys it has, and whether it has a manifest, and
// so is in order.
func verifyFile(path string) (keys int64, ordered bool, err error) {
	err = withFile(path, func(r io.Reader) error {
		lines, err := newLineReader(r)
		if err != nil || lines.header == nil {
			return err
		}
		ordered = true
		for lines.bytes = -1; ; {
			if _, err := lines.next(); err == io.EOF {
				keys = lines.keys
				return nil
			} else if err != nil {
				return err
			}
		}
	})
	return keys, ordered, err
}

func (f *file) Ordered() bool { return f.ordered }

// Total is how many keys the file has; 0 if that is not known before they are read.
func (f *file) Total() int64 { return f.total }

func (f *file) Scan(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var read int64
		for p, err := range f.pairs() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("%s: %w", f.label, err))
				return
			}
			read++
			size := int64(len(p.Value))
			if read <= q.From.Read || !q.Filter.key(p.Key) || !q.Filter.size(size) {
				continue
			}
			if !yield(Entry{Pair: p, Size: size, At: Position{Read: read}}, nil) {
				return
			}
		}
	}
}

// ender is a sink that has something to say at the end.
type ender interface {
	Sink
	end() error
}

// newEncoder writes pairs in a form.
func newEncoder(w io.Writer, format Format, h Header) (ender, error) {
	if format == BulkJSON {
		return &bulkWriter{w: bufio.NewWriterSize(w, 64<<10)}, nil
	}
	lines, err := newLineWriter(w, h)
	return ndjsonWriter{lines}, err
}

// fileWriter makes a file under another name beside its place.
type fileWriter struct {
	ender
	path       string
	temporary  *os.File
	compressed io.WriteCloser
}

// CreateFile begins a file or folder, which must not be there: *ExistsError.
func CreateFile(path string, format Format, h Header) (Writer, error) {
	if format == Folder {
		return createFolder(path, h)
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, &ExistsError{path}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	sweep(filepath.Dir(path))
	temporary, err := os.CreateTemp(filepath.Dir(path), exportPrefix)
	if err != nil {
		return nil, err
	}
	w := &fileWriter{path: path, temporary: temporary}
	_, compression := uncompressed(path)
	if w.compressed, err = compress(temporary, compression); err == nil {
		w.ender, err = newEncoder(w.compressed, format, h)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// exportPrefix begins the names of files and folders in the making.
const exportPrefix = ".bindery-export-"

// sweep removes what exports have left in a folder that were killed: nobody has written to it for a day. What it cannot
// remove stays.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, exportPrefix+"*"))
	for _, path := range left {
		newest := time.Time{}
		for _, name := range []string{path, filepath.Join(path, indexFile), filepath.Join(path, valueFolder)} {
			if info, err := os.Lstat(name); err == nil && info.ModTime().After(newest) {
				newest = info.ModTime()
			}
		}
		if time.Since(newest) > 24*time.Hour {
			_ = os.RemoveAll(path)
		}
	}
}

func (w *fileWriter) Commit() error {
	err := errors.Join(w.end(), w.compressed.Close(), w.temporary.Sync(), w.temporary.Close())
	if err != nil {
		return err
	}
	if err := os.Link(w.temporary.Name(), w.path); errors.Is(err, fs.ErrExist) { // made by somebody else meanwhile
		return &ExistsError{w.path}
	} else if err != nil { // a file system without links
		return os.Rename(w.temporary.Name(), w.path)
	}
	return os.Remove(w.temporary.Name())
}

func (w *fileWriter) Close() error {
	w.temporary.Close()
	if err := os.Remove(w.temporary.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// streamWriter writes to a stream, which others see at once.
type streamWriter struct{ ender }

// WriteStream writes pairs to w as they come.
func WriteStream(w io.Writer, format Format, h Header) (Writer, error) {
	e, err := newEncoder(w, format, h)
	return streamWriter{e}, err
}

func (w streamWriter) Commit() error { return w.end() }
func (w streamWriter) Close() error  { return nil }
