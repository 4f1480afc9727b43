package check

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// PathError is a path from which no configuration could be read.
type PathError struct {
	Path   string
	Reason string // a phrase whose subject is Path
	Advice string
	Err    error // the cause; nil if the path itself is the matter
}

func (e *PathError) Error() string { return e.Path + " " + e.Reason }

// Hint says what to do.
func (e *PathError) Hint() string { return e.Advice }

func (e *PathError) Unwrap() error { return e.Err }

// errIrregular: a pipe, a device or a folder where a file is expected.
var errIrregular = errors.New("no regular file")

func pathError(path string, err error) *PathError {
	var exact *fs.PathError // it may be about a folder below path
	cause := err
	if errors.As(err, &exact) {
		path, cause = exact.Path, exact.Err
	}
	e := &PathError{Path: path, Err: err}
	var missing *wrangler.NotFoundError
	var large *TooLargeError
	switch {
	case errors.As(err, &large):
		e.Reason = large.reason()
		e.Advice = "no configuration is as long: see what it is"
	case errors.Is(err, errIrregular):
		e.Err, e.Reason = nil, "is no regular file"
		e.Advice = "wrangler takes no pipe or device for a configuration"
	case errors.As(err, &missing):
		e.Reason = "holds no wrangler configuration"
		e.Advice = "name a folder with a wrangler.toml, wrangler.json or wrangler.jsonc, or such a file"
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = "does not exist"
		e.Advice = "name a folder or a file that is there, or none for the working directory"
	case errors.Is(err, fs.ErrPermission):
		e.Reason = "may not be read"
		e.Advice = "check its permissions: ls -l " + path
	default:
		e.Reason = "cannot be read: " + cause.Error()
	}
	return e
}

// UnreadError is what could not be looked at although everything else was judged.
type UnreadError struct{ Paths []*PathError }

func (e *UnreadError) Error() string {
	lines := make([]string, len(e.Paths))
	for i, p := range e.Paths {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n         ")
}

// Hint is that of the first.
func (e *UnreadError) Hint() string { return e.Paths[0].Hint() }
