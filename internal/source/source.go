// Package source reads the code of a Worker, or of Pages Functions, without running it: which names it takes
// from env, and where.
//
// A Worker that is one file of JavaScript is read as it stands. Of any other [Read] lets esbuild resolve and join what is reachable from the entry point, TypeScript and
// JSX included, as wrangler would. Nothing is executed, written or fetched: no plugin of the
// project, no build command, no network. Libraries (whatever lies in node_modules, or is not
// installed) stay outside: they are handed an env, or they do not see it. The joined code is
// parsed and searched for the ways in which code reaches env: the second parameter of
// a handler, context.env and c.env, this.env, the import from cloudflare:workers, and what they are passed on
// as to other functions of the project.
//
// What could not be followed is said in [Program.Unsure]; it never makes a read that is none.
package source

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// Limits of what is read of one Worker. Cloudflare takes 10 MB, compressed; what is written by hand is far smaller.
const (
	maxFile  = 8 << 20 // bytes of one file
	maxTotal = 16 << 20
	maxFiles = 5_000
)

// Errors that say why a Worker was not read. Any other error of Read is one of the file system, of ctx,
// or esbuild's word on code that does not parse.
var (
	ErrTooLarge = errors.New("the code is larger than bindery reads")
	ErrTooDeep  = errors.New("the code is nested deeper than bindery follows")
	ErrOutside  = errors.New("the entry point lies outside the project")
	ErrNoRoute  = errors.New("no file of the folder handles a request")
)

// Entry says where the code of a Worker begins.
type Entry struct {
	Main string // the path of the entry point, or of a Pages project's folder functions
	// Root is the folder that nothing outside of is read as code. esbuild itself looks at folders
	// above it for a tsconfig.json or package.json, which it reads as data.
	Root string
	// ReadFile reads a file of code; nil is os.ReadFile.
	ReadFile func(path string) ([]byte, error)
}

// Program is what was found in the code of one Worker.
type Program struct {
	Reads []Use // in the order of the joined code
	// Unsure says why a name may be read without standing in Reads, as in "env is passed to sentry"; "" if all was understood.
	Unsure string
	// Module: the code exports handlers, as Pages Functions always do. A service worker has its bindings as globals instead, and no Reads.
	Module bool

	code     []byte        // the joined code
	alone    string        // the file that is all of it; "" if it was joined by esbuild
	comments []syntax.Span // of that file
	places
}

// Use is one place where code takes a name from env, or does something with what it took.
type Use struct {
	Name   string
	Method string // what is called on it, as in env.CACHE.get(key); "" if nothing is
	// Guarded: the code asks whether the name is there (if, ?., ??, in, typeof), or comes here only if something else in env says so.
	Guarded bool

	offset int // in the joined code
}

// Mentions says whether name occurs in the code at all, as a whole word, comments and types apart.
func (p *Program) Mentions(name string) bool {
	for rest := p.code; name != ""; {
		i := bytes.Index(rest, []byte(name))
		if i < 0 {
			return false
		}
		end := i + len(name)
		whole := (i == 0 || !wordByte(rest[i-1])) && (end == len(rest) || !wordByte(rest[end]))
		if whole && !p.inComment(len(p.code)-len(rest)+i) {
			return true
		}
		rest = rest[i+1:]
	}
	return false
}

func (p *Program) inComment(at int) bool {
	i, _ := slices.BinarySearchFunc(p.comments, at, func(c syntax.Span, at int) int { return cmp.Compare(c.End, at+1) })
	return i < len(p.comments) && p.comments[i].Start <= at
}

// Read reads the code of one Worker. A mistake in the syntax of any file is an error: what it
// hides is not known. It is safe for concurrent use.
func Read(ctx context.Context, entry Entry) (*Program, error) {
	main, err := filepath.Abs(entry.Main)
	if err != nil {
		return nil, err
	}
	if main, err = filepath.EvalSymlinks(main); err != nil {
		return nil, err
	}
	root, err := filepath.Abs(entry.Root)
	if err != nil {
		return nil, err
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return nil, err
	}
	if !within(root, main) {
		return nil, ErrOutside
	}
	if entry.ReadFile == nil {
		entry.ReadFile = os.ReadFile
	}
	from, err := begin(ctx, root, main, entry.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", entry.Main, err)
	}
	if from.routes == "" {
		if program := readAlone(main, entry.ReadFile); program != nil {
			return program, ctx.Err()
		}
	}
	joined, err := join(ctx, root, from, entry.ReadFile, false)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", entry.Main, err)
	}
	program, err := analyse(joined.code, from.routes != "")
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", entry.Main, err)
	}
	if program.Unsure == "" {
		program.Unsure = joined.unsure
	}
	program.places = places{root: root, from: from, read: entry.ReadFile}
	return program, nil
}

// Place finds a use in the file it was written in; false if that cannot be told, as when the file has changed since. The
// first call reads the code again. The path of the file is relative to the working directory where that holds it.
func (p *Program) Place(ctx context.Context, u Use) (*syntax.File, syntax.Span, bool) {
	if p.alone != "" {
		at := u.offset + max(0, bytes.Index(p.code[u.offset:], []byte(u.Name))) // behind a quote
		return syntax.Plain(shown(p.alone), p.code), syntax.Span{Start: at, End: at + len(u.Name)}, true
	}
	p.once.Do(func() { p.load(ctx, p.code) })
	file, at := p.find(p.code, u.offset, u.Name)
	return file, at, file != nil
}
