package source

import (
	"bytes"
	"fmt"
	"unsafe"

	"github.com/tdewolff/parse/v2/js"
)

// analyse finds what code, one module without TypeScript, takes from env. With routes, what it exports are the handlers of
// Pages Functions.
func analyse(code []byte, routes bool) (program *Program, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser is a library, and code of any kind comes here
			program, err = nil, fmt.Errorf("this code is not understood: %v", p)
		}
	}()
	t, err := parseModule(code)
	if err != nil {
		return nil, err
	}
	return search(t, routes), nil
}

// parseModule parses code that esbuild made, so that its depth is known: long code in pieces if it can be taken to some.
func parseModule(code []byte) (*tree, error) {
	if len(code) >= 2*pieceBytes {
		if t, err := (&scanner{src: code}).parse(pieceBytes); err == nil {
			return t, nil
		}
	}
	return parseWhole(code)
}

// search looks for env in code.
func search(t *tree, routes bool) *Program {
	r := newReader(t)
	r.walk(t.ast)
	if routes {
		r.routes()
	} else {
		r.handlers()
	}
	r.followPassed()
	r.doubts()
	return &Program{Reads: r.uses, Unsure: r.unsure, Module: routes || r.module.exports["default"] != nil, code: t.code}
}

// A reader walks the code. It knows of each variable whether it holds an env, and notes
// what is done with it; functions that are passed an env are walked again, knowing that.
type reader struct {
	tree   *tree
	module *module

	envs     map[*js.Var]bool   // variables that hold an env
	taken    map[*js.Var]taking // variables that hold what was taken from it
	carriers map[*js.Var]bool   // variables whose property env was read: a context of Hono, say
	handed   []handing          // variables passed to something, be it a library
	passed   []passing          // envs that functions of the project are called with, each once
	known    map[passing]bool   // what stands in passed
	contexts map[*js.Var]bool   // variables that hold what Pages hands to a handler: env is a property of it
	carried  []passing          // calls of functions of the project with one of those
	whole    int                // walks through all of the code so far, but for the first

	stack []js.INode // the nodes around the one that is being entered
	only  *js.Var    // in a walk that follows one variable
	seen  map[Use]bool

	uses   []Use
	unsure string
}

// A taking is where a variable got its value: const cache = env.CACHE.
type taking struct {
	name string
	at   []byte // the name's bytes in the code
}

// A handing is a call with a variable as an argument.
type handing struct {
	callee js.IExpr
	v      *js.Var
}

// A passing is a call of a function of the project with an env as an argument.
type passing struct {
	callee *js.Var
	arg    int
}

func newReader(t *tree) *reader {
	r := &reader{
		tree:     t,
		module:   readModule(t.ast, len(t.code)/128),
		envs:     map[*js.Var]bool{},
		taken:    map[*js.Var]taking{},
		carriers: map[*js.Var]bool{},
		known:    map[passing]bool{},
		contexts: map[*js.Var]bool{},
		seen:     map[Use]bool{},
	}
	for v, from := range r.module.imports {
		if from.module == "cloudflare:workers" && from.name == "env" {
			r.envs[v] = true
		}
	}
	return r
}

func (r *reader) walk(n js.INode) { js.Walk(r, n) }

// follow walks a part again for one variable that turned out to hold an env.
func (r *reader) follow(v *js.Var, in js.INode) {
	v = root(v)
	if r.envs[v] {
		return
	}
	r.envs[v] = true
	if in == r.module.ast {
		if r.whole++; r.whole > maxWhole {
			r.doubt("env is kept in more variables than bindery follows")
			return
		}
	}
	r.again(v, in)
}

// maxWhole bounds the walks through all of the code.
const maxWhole = 4

// offsetIn is where part, which shares src's memory, begins.
func offsetIn(src, part []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(src))))
}

// again walks a part once more, looking at one variable only.
func (r *reader) again(v *js.Var, in js.INode) {
	outer, stack := r.only, r.stack
	r.only, r.stack = v, nil
	r.walk(in)
	r.only, r.stack = outer, stack
}

// followPassed goes into the functions that are called with an env. Each may pass it on.
func (r *reader) followPassed() {
	for i := 0; i < len(r.passed); i++ {
		p := r.passed[i]
		f := r.module.function(p.callee)
		if f == nil {
			r.doubt(fmt.Sprintf("env is passed to %s", p.callee.Name()))
			continue
		}
		r.param(f, p.arg)
	}
}

// part is what has to be walked again for a variable that is met in a walk of another one; nil in the first walk, which
// comes by itself.
func (r *reader) part() js.INode {
	if r.only == nil || len(r.stack) == 0 {
		return nil
	}
	return r.stack[0]
}

// param says that a function's parameter is an env.
func (r *reader) param(f *function, at int) {
	if at >= len(f.params.List) {
		if f.params.Rest != nil {
			r.doubt("env is passed among other arguments")
		}
		return
	}
	switch b := f.params.List[at].Binding.(type) {
	case *js.Var:
		r.follow(b, f.body)
	case *js.BindingObject:
		r.pattern(b, f.body)
	}
}

// pattern reads {CACHE, DB: db} = env; in is where its variables have to be looked for, nil if the walk will come by.
func (r *reader) pattern(b *js.BindingObject, in js.INode) {
	if b.Rest != nil {
		r.doubt("what is left of env is collected in " + string(b.Rest.Data))
	}
	for _, item := range b.List {
		name, at, ok := keyOf(item)
		if !ok {
			r.doubt("a name is computed")
			continue
		}
		r.note(name, at, "", item.Value.Default != nil)
		if v, ok := item.Value.Binding.(*js.Var); ok {
			r.taken[root(v)] = taking{name, at}
			if in != nil {
				r.again(root(v), in)
			}
		}
	}
}

// note adds a use, once.
func (r *reader) note(name string, at []byte, method string, guarded bool) {
	offset := r.tree.offset(at)
	use := Use{Name: name, Method: method, Guarded: guarded, offset: offset}
	if offset < 0 || offset > len(r.tree.code) || r.seen[use] {
		return
	}
	r.seen[use] = true
	r.uses = append(r.uses, use)
}

func (r *reader) doubt(why string) {
	if r.unsure == "" {
		r.unsure = why
	}
}

// doubts asks, when all is read, whether a library may have seen an env.
func (r *reader) doubts() {
	for _, h := range r.handed {
		if !r.carriers[root(h.v)] {
			continue
		}
		if library := r.module.library(h.callee); library != "" && !carrying(library) {
			r.doubt(fmt.Sprintf("%s, which holds env, is passed to %s", h.v.Name(), library))
		}
	}
}

// root is the variable that a use of it stands for.
func root(v *js.Var) *js.Var {
	for v != nil && v.Link != nil {
		v = v.Link
	}
	return v
}

// keyOf is the name that an item of a pattern takes, and where it is written; false if it is computed.
func keyOf(item js.BindingObjectItem) (string, []byte, bool) {
	v, short := item.Value.Binding.(*js.Var)
	switch {
	case item.Key == nil && !short, item.Key != nil && item.Key.IsComputed():
		return "", nil, false
	case item.Key == nil, short && item.Key.IsIdent(v.Data): // { CACHE }: the parser copies the key, not the variable
		return string(v.Data), v.Data, true
	}
	return unquote(item.Key.Literal.Data), item.Key.Literal.Data, true
}

func unquote(literal []byte) string { return string(bytes.Trim(literal, `"'`)) }
