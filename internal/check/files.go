package check

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// maxFileBytes is the size above which a file is refused unread. The longest configuration seen in real projects has
// 30 KB; a bundle of a Worker ends at 10 MB.
const maxFileBytes = 16 << 20

// largeFileBytes is the size above which LoadOptions.Large is told of a configuration.
const largeFileBytes = 1 << 20

// files reads files, each once. nil reads the disk, and every time.
type files struct {
	open  map[string][]byte
	max   int64
	large func()
	much  func(bytes int)

	mu   sync.Mutex
	seen map[string]content

	making sync.Mutex
	made   map[string]any
}

type content struct {
	src []byte
	err error
}

func newFiles(o LoadOptions) *files {
	return &files{open: o.Open, max: o.maxBytes(), large: o.Large, much: o.Code, seen: map[string]content{}, made: map[string]any{}}
}

func (f *files) read(path string) ([]byte, error) {
	if f == nil {
		return readFile(path, maxFileBytes)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.seen[absolute]; !ok {
		f.seen[absolute] = f.fresh(path, absolute)
	}
	return f.seen[absolute].src, f.seen[absolute].err
}

// code reads a file of code, every time: there is much of it, and it is needed once.
func (f *files) code(path string) ([]byte, error) {
	if f == nil {
		return readFile(path, maxFileBytes)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	c := f.fresh(path, absolute)
	return c.src, c.err
}

// once keeps what is made for a key.
func (f *files) once(key string, make func() any) any {
	if f == nil {
		return make()
	}
	f.making.Lock()
	defer f.making.Unlock()
	if _, ok := f.made[key]; !ok {
		f.made[key] = make()
	}
	return f.made[key]
}

func (f *files) fresh(path, absolute string) content {
	if src, ok := f.open[absolute]; ok {
		return content{src: src}
	}
	src, err := readFile(path, f.max)
	return content{src, err}
}

// readFile reads a regular file of at most limit bytes; anything else could keep it for ever.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: path, Err: errIrregular}
	case info.Size() > limit:
		return nil, &TooLargeError{Path: path, Size: info.Size(), Limit: limit}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	src := make([]byte, 0, info.Size()+1) // so that the end is found without growing
	for {
		n, err := file.Read(src[len(src):cap(src)])
		src = src[:len(src)+n]
		switch {
		case int64(len(src)) > limit:
			return nil, &TooLargeError{Path: path, Size: int64(len(src)), Limit: limit}
		case err == io.EOF:
			return src, nil
		case err != nil:
			return nil, err
		case len(src) == cap(src):
			src = append(src, 0)[:len(src)]
		}
	}
}

// TooLargeError: a file is over the limit, so it was not read.
type TooLargeError struct {
	Path        string
	Size, Limit int64
}

func (e *TooLargeError) Error() string { return e.Path + " " + e.reason() }

func (e *TooLargeError) reason() string {
	return fmt.Sprintf("has %s, and at most %s are read", mebibytes(e.Size), mebibytes(e.Limit))
}

func mebibytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.4g MiB", float64(n)/(1<<20))
}
