package workerd

import (
	"fmt"
	"strings"
)

// Program is what one process runs. Names of Workers, externals and disks share one space
// and are the caller's to choose; [Process.Socket] finds a socket by its name.
type Program struct {
	Workers    []Worker
	Externals  []External
	Disks      []Disk
	Sockets    []Socket
	Extensions []Extension
	HeapMiB    int // of JavaScript, for each Worker; 0 leaves it to V8. Who needs more ends the process.
	// Experimental allows what workerd may still change: compatibility flags of code of ours, which no Worker of a user may have.
	Experimental bool

	alive string // a folder for serviceAlive; "" for none
}

// Worker is code with what it is bound to.
type Worker struct {
	Name    string
	Modules []Module // the first is where it begins
	// Classic is the script of a Worker in service-worker format, which has no modules.
	Classic []byte

	CompatibilityDate  string // as 2026-04-26; must not be empty
	CompatibilityFlags []string

	Bindings []Binding
	Classes  []Class
	Storage  string   // the disk of its Durable Objects; "" keeps them in memory
	Outbound string   // the service that global fetch goes to; "" is the internet, without private addresses
	Cache    string   // the service that the cache API goes to; "" makes its use an error
	Tails    []string // Workers that are told of each call of this one
}

// Module is a file that code imports by its name.
type Module struct {
	Name    string
	Kind    Kind
	Content []byte
}

// Kind says how a module is read.
type Kind string

// Kinds of modules, as the configuration names them.
const (
	ESModule Kind = "esModule"
	CommonJS Kind = "commonJsModule"
	Text     Kind = "text"
	Data     Kind = "data"
	Wasm     Kind = "wasm"
	JSON     Kind = "json"
)

// Class is a Durable Object class. Key names the folder of its objects: it must be unique in
// the disk, and is no user's text.
type Class struct {
	Name   string
	Key    string
	SQLite bool // whether objects may use storage.sql
}

// External is an HTTP service outside of the process, on a unix socket. Headers are set on each
// request; code in a Worker can neither see nor replace them.
type External struct {
	Name    string
	Socket  string
	Headers []Header
	Scheme  bool // whether a request says in HeaderProto what scheme its URL has
}

// Header is a request header.
type Header struct{ Name, Value string }

// Disk is a folder that the process may write. No other process may have it at the same time:
// Start waits for it.
type Disk struct {
	Name string
	Path string // must be there
}

// Socket is one on which a Worker answers HTTP, at an entry point that it exports ("" is the default one).
type Socket struct {
	Name       string
	Worker     string
	Entrypoint string
}

// Names of headers that a socket takes from a request and does not pass on. Whoever stands
// before it has to set them.
const (
	HeaderCF    = "Bindery-Cf"    // JSON that the Worker sees as request.cf
	HeaderProto = "Bindery-Proto" // "http" or "https": the scheme of request.url
)

// Extension is a module of ours that [Wrapped] makes bindings with. No Worker can import it.
type Extension struct {
	Name    string
	Content []byte
}

// Binding is a name in env (or a global, in service-worker format) with what is behind it.
type Binding struct {
	Name  string
	Value Value
}

// Value is what a binding leads to: one of the types below.
type Value interface{ write(c *config) }

// What a binding may lead to.
type (
	TextValue string // a string
	JSONValue string // a value, as its JSON
	DataValue []byte // an ArrayBuffer
	WasmValue []byte // a WebAssembly.Module; in service-worker format only
	KV        string // the service that holds a KV namespace
	R2        string // the service that holds an R2 bucket
	Queue     string // the service that takes messages for a queue
	// Service is a Worker, at an entry point that it exports ("" is the default one), or an External. Props is
	// the JSON that a Worker finds in ctx.props; "" for none.
	Service struct{ Worker, Entrypoint, Props string }
	// Objects are the Durable Objects of a class, which Worker has ("" is the one that is bound).
	Objects struct{ Class, Worker string }
	// Wrapped is what the default export of an extension, or of a module of workerd's own, makes of the bindings in it.
	Wrapped struct {
		Extension string
		Inner     []Binding
	}
)

// check refuses what workerd would answer with an error that says nothing.
func (p *Program) check() error {
	for _, w := range p.Workers {
		if (len(w.Modules) == 0) == (w.Classic == nil) {
			return fmt.Errorf("worker %s: it needs modules or a script, not both", w.Name)
		}
		seen := map[string]bool{}
		for _, m := range w.Modules {
			name := strings.TrimPrefix(m.Name, "./")
			if seen[name] {
				return &ScriptError{Worker: w.Name, Text: fmt.Sprintf("Uncaught Error: two modules have the name %q.", name)}
			}
			seen[name] = true
		}
	}
	return nil
}
