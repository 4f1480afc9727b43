// Package syntax reads a TOML or JSONC file into one positioned tree.
//
// Every node knows the bytes it came from, so that a message can point at them
// and an edit can replace just them. The package knows nothing of Cloudflare:
// what a key means is internal/wrangler's business.
//
// Start with [Parse]. It never fails and never panics: what does not parse is
// listed in [File.Errors], and [File.Root] holds what could be read all the same.
// Places are byte offsets; [File.Position] turns one into line and column when a
// message is printed.
package syntax

import "sync"

// Format is the language of a file.
type Format int

const (
	TOML  Format = iota // .toml
	JSONC               // .json and .jsonc: comments and trailing commas are allowed in both
	Other               // anything else, see Plain
)

// Span is a half-open range of byte offsets into [File.Source].
type Span struct{ Start, End int }

// File is a parsed file.
type File struct {
	Path   string // as it was given; used in messages only
	Format Format
	Source []byte // the original bytes, byte order mark included
	Root   *Node  // a table; never nil, empty when nothing could be read
	Errors []Error
	// Cut: reading stopped at a mistake, or brackets are missing, so that values may stand in another table than they were
	// meant to. JSON only: in TOML the next header tells where one is.
	Cut bool

	text    string // Source: what nodes, lines and slices of it are cut from
	lines   []int  // where each line starts
	blocks  []int  // see countBlocks
	indexed sync.Once
	index   *index // see locate
}

// Error is a place where the file is no valid TOML or JSON.
type Error struct {
	Span    Span
	Message string // one clause, lower case, no final stop
	Help    string // what to do; may be empty
	Notes   []Note // "first defined here"
}

// Note is a second place that explains an Error.
type Note struct {
	Span    Span
	Message string
}

// Kind is the type of a node's value.
type Kind uint8

const (
	Table Kind = iota
	Array
	String
	Integer
	Float
	Bool
	Null     // JSON only
	Datetime // TOML only: any date or time
)

// Node is a value in the tree. Its methods may be called on nil, which stands for
// a value that is not there.
//
// Span holds the value's own bytes, brackets and quotes included. A TOML table that is
// written in pieces has no such range: one opened by a [header] spans from the header to the
// last value below it, up to the next header; one that only a deeper header names spans its
// name there; one made by dotted keys, and an array of [[tables]], from the first piece to the last.
type Node struct {
	Kind   Kind
	Bool   bool   // Bool
	origin origin // of a table of TOML, or an array of [[tables]], while the tree grows
	Span   Span
	Header Span     // TOML: the [table] or [[array]] header that opened this table; else zero
	Text   string   // String: the decoded text; other scalars: the source text
	Number float64  // Integer and Float
	Items  []*Node  // Array
	Fields []*Field // Table: in file order; a duplicate name (JSON) is listed again, and the last one counts

	byName map[string]*Field // of a long table that was parsed
}

// Field is a key of a table with its value.
type Field struct {
	Name    string
	NameAt  Span // the key's bytes, quotes included; for a table opened by a header, the key's part within that header
	Value   *Node
	Implied bool // TOML: the table exists only because a deeper header names it, as env in [env.production]
}

// Position is a place for people: Line and Column count from 1, and Column counts
// characters (Unicode code points), not bytes.
type Position struct{ Line, Column int }
