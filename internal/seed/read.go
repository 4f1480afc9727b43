package seed

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// maxFile bounds a seed, in bytes: what is larger belongs into a file of its own, or into an import.
const maxFile = 64 << 20

// FileError: a file is no seed by its name, or too large.
type FileError struct{ Path, Reason string }

func (e *FileError) Error() string { return e.Path + " " + e.Reason }

// Hint says what to do.
func (e *FileError) Hint() string {
	return "a seed is a .yaml, .yml, .toml, .json or .jsonc file of at most 64 MiB"
}

// Read reads files as one seed. Errors are mistakes in them; any other error says that a file could not be read.
func Read(paths []string, o Options) (*Seed, error) {
	all := &reader{o: o, known: map[string]*declared{}}
	for _, path := range paths {
		src, err := readFile(path)
		if err != nil {
			return nil, err
		}
		if err := all.parse(path, src); err != nil {
			return nil, err
		}
	}
	return all.seed()
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &FileError{path, "is no regular file"}
	case info.Size() > maxFile:
		return nil, &FileError{path, "is too large"}
	}
	return os.ReadFile(path)
}

// parse adds what one file declares.
func (all *reader) parse(path string, src []byte) error {
	var file *syntax.File
	switch filepath.Ext(path) {
	case ".toml", ".json", ".jsonc":
		file = syntax.Parse(path, src)
	case ".yaml", ".yml":
		file = parseYAML(path, src)
	default:
		return &FileError{path, "has a name that does not say what it is"}
	}
	d := &document{reader: all, file: file}
	before := len(all.errs)
	for _, e := range file.Errors {
		d.wrong(e.Span, e.Help, "%s", e.Message)
	}
	if len(file.Errors) == 0 {
		d.root()
	}
	slices.SortStableFunc(all.errs[before:], func(x, y *Error) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return nil
}

// reader gathers what files declare.
type reader struct {
	o        Options
	known    map[string]*declared // by binding
	bindings []*declared          // in order
	errs     Errors
}

// declared is a binding while files are read: its own keys, and those of environments over them.
type declared struct {
	Binding
	schemas []prefixed
	base    map[string]Key
	overlay map[string]Key // of the environment that is wanted
}

func (all *reader) binding(name string, at Place) *declared {
	if b := all.known[name]; b != nil {
		return b
	}
	b := &declared{Binding: Binding{Name: name, At: at}, base: map[string]Key{}, overlay: map[string]Key{}}
	all.known[name] = b
	all.bindings = append(all.bindings, b)
	return b
}

// seed lays the environment's keys over the others.
func (all *reader) seed() (*Seed, error) {
	if len(all.errs) > 0 {
		return nil, all.errs
	}
	s := &Seed{}
	for _, b := range all.bindings {
		for name, key := range b.overlay {
			b.base[name] = key
		}
		if len(b.base) == 0 && len(b.Owns) == 0 {
			continue // of other environments only
		}
		for _, key := range b.base {
			b.Keys = append(b.Keys, key)
		}
		slices.SortFunc(b.Keys, func(x, y Key) int { return cmp.Compare(x.Key, y.Key) })
		s.Bindings = append(s.Bindings, &b.Binding)
	}
	return s, nil
}

// document is one file while it is read.
type document struct {
	*reader
	file *syntax.File
}

// maxErrors is how many are told. Whoever has corrected so many will look again.
const maxErrors = 100

func (d *document) wrong(at syntax.Span, help, format string, args ...any) {
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, &Error{Place: d.place(at), Message: fmt.Sprintf(format, args...), Help: help})
	}
}

func (d *document) place(at syntax.Span) Place {
	p := d.file.Position(at.Start)
	return Place{Path: d.file.Path, Line: p.Line, Column: p.Column}
}

// beside is a path of the file, which counts from the folder that the file is in.
func (d *document) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.file.Path), path)
}

// reason is what the system says of a file, without its path.
func reason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
