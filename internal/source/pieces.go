package source

import (
	"errors"
	"fmt"
	"runtime"
	"sort"
	"sync"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// pieceBytes is how long a piece of code is that is worth a turn of its own.
const pieceBytes = 32 << 10

// A tree is what code was parsed into.
type tree struct {
	ast    *js.AST
	code   []byte
	memory []byte // what the names in ast lie in: the code, with a byte more behind each piece
	pieces []int  // where the pieces begin in the code, if there are several
}

// offset is where a part of the code begins that ast refers to: the parser keeps no places, but it never copies.
func (t *tree) offset(part []byte) int {
	at := offsetIn(t.memory, part)
	before := sort.Search(len(t.pieces), func(i int) bool { return t.pieces[i]+i > at })
	return at - max(0, before-1)
}

// parseWhole parses a module at one go.
func parseWhole(code []byte) (*tree, error) {
	input := parse.NewInputBytes(code)
	ast, err := js.Parse(input, js.Options{})
	if err != nil {
		return nil, err
	}
	return &tree{ast: ast, code: code, memory: input.Bytes()}, nil
}

// parse parses the module that a scan is at the beginning of, in pieces of at least so many bytes on all processors, while the
// scan goes on looking for where the next one ends: between two statements of the first level. An error says that
// it takes parseWhole to tell what is in the code, or what is wrong with it.
func (s *scanner) parse(atLeast int) (*tree, error) {
	t := &tree{code: s.src, memory: make([]byte, len(s.src)+len(s.src)/atLeast+1)}
	var pieces []*piece
	queue := make(chan *piece, len(s.src)/atLeast+1)
	var parsers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		parsers.Go(func() {
			for p := range queue {
				p.parse()
			}
		})
	}
	start := 0
	cut := func(end int) {
		memory := t.memory[start+len(pieces):][:end-start+1]
		copy(memory, s.src[start:end])
		p := &piece{text: memory[:end-start]} // the parser uses the byte behind it
		t.pieces, pieces = append(t.pieces, start), append(pieces, p)
		queue <- p
		start = end
	}
	s.border = func(at int) {
		if at-start >= atLeast {
			cut(at)
		}
	}
	deep := s.tooDeep()
	if !deep && !s.unclear {
		cut(len(s.src))
	}
	close(queue)
	parsers.Wait()
	if deep || s.unclear {
		return nil, errUnclear
	}
	var err error
	t.ast, err = joinPieces(pieces)
	return t, err
}

var errUnclear = errors.New("the code cannot be taken to pieces")

// A piece is some statements of a module.
type piece struct {
	text []byte
	ast  *js.AST
	err  error
}

func (p *piece) parse() {
	defer func() {
		if r := recover(); r != nil { // the parser is a library, and code of any kind comes here
			p.err = fmt.Errorf("%w: %v", errUnclear, r)
		}
	}()
	p.ast, p.err = js.Parse(parse.NewInputBytes(p.text), js.Options{})
}

// joinPieces makes one module of pieces: a name of the first level is one variable in all of them.
func joinPieces(pieces []*piece) (*js.AST, error) {
	all := &js.AST{}
	statements := 0
	for _, p := range pieces {
		if p.err != nil {
			return nil, p.err
		}
		statements += len(p.ast.List)
	}
	all.List = make([]js.IStmt, 0, statements)
	names := map[string]*js.Var{}
	for _, p := range pieces {
		all.List = append(all.List, p.ast.List...)
		for _, v := range p.ast.Scope.Declared {
			if names[string(v.Data)] != nil {
				return nil, errUnclear // a mistake, unless it is a var
			}
			names[string(v.Data)] = v
			all.Scope.Declared = append(all.Scope.Declared, v)
		}
	}
	for _, p := range pieces {
		for _, v := range p.ast.Scope.Undeclared {
			v = root(v)
			switch first := names[string(v.Data)]; first {
			case nil:
				names[string(v.Data)] = v
				all.Scope.Undeclared = append(all.Scope.Undeclared, v)
			case v:
			default:
				v.Link = first
			}
		}
	}
	return all, nil
}
