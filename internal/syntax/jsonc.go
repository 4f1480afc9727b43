package syntax

import (
	"bytes"
	"fmt"
)

// jsonc reads JSON with comments and trailing commas, the dialect of wrangler's parser: a last // comment
// needs no newline, a name may be repeated. It reads on where a comma, a colon or quotes are missing and behind a value
// that is none. At any other mistake it stops, which leaves the tree as far as it was read.
//
// It is our own, and not hujson's, because that one gives a mistake's place as prose, drops the object in
// which it happened, recurses without limit and refuses what wrangler takes.
type jsonc struct {
	file *File
	src  []byte
	base int // offset of src in the file
	at   int // offset in src of the next byte

	stopped bool // at a mistake behind which it is not clear where one is
}

// parseJSONC reads src, which ends where f.Source ends, into f.Root and f.Errors.
func parseJSONC(f *File, src []byte) {
	p := &jsonc{file: f, src: src, base: len(f.Source) - len(src)}
	if !p.skip() {
		return
	}
	if p.at == len(src) {
		p.fail(p.at, p.at, "the file is empty", "write an object: {}")
		return
	}
	if p.src[p.at] != '{' {
		p.fail(p.at, p.at+1, "expected '{': a configuration is one object", "")
		return
	}
	f.Root = p.newNode(Table)
	f.Cut = !p.object(f.Root, 0) || !p.skip()
	if !f.Cut && p.at < len(src) {
		f.Cut = true
		p.fail(p.at, len(src), "text after the end of the object", "a file holds one object: remove what follows it")
	}
}

// value reads the value at p.at. ok is false when what follows is not behind the value; the node, nil where there is no
// value, holds what was read even so.
func (p *jsonc) value(depth int) (n *Node, ok bool) {
	if p.at == len(p.src) {
		p.fail(p.at, p.at, "expected a value, not the end of the file", "")
		return nil, false
	}
	switch c := p.src[p.at]; {
	case (c == '{' || c == '[') && depth > maxDepthJSON:
		p.fail(p.at, p.at+1, fmt.Sprintf("values nest more than %d deep", maxDepthJSON), "")
		return nil, false
	case c == '{':
		n = p.newNode(Table)
		return n, p.object(n, depth)
	case c == '[':
		n = p.newNode(Array)
		return n, p.array(n, depth)
	case c == '"':
		return p.text()
	case c == '\'':
		return p.singleQuoted()
	case c == '-' || isDigit(c):
		return p.number()
	default:
		return p.word()
	}
}

// object reads from '{' to '}' into n.
func (p *jsonc) object(n *Node, depth int) bool {
	return p.list(n, '}', func() bool {
		name, ok := p.name()
		if !ok || !p.skip() {
			return false
		}
		if p.at == len(p.src) || p.src[p.at] != ':' {
			p.fail(p.at, p.at+1, "expected ':' after the name", "")
			return false
		}
		p.at++
		if !p.skip() {
			return false
		}
		value, ok := p.value(depth + 1)
		if value != nil {
			n.add(&Field{Name: name.Text, NameAt: name.Span, Value: value})
		}
		return ok
	})
}

// array reads from '[' to ']' into n.
func (p *jsonc) array(n *Node, depth int) bool {
	return p.list(n, ']', func() bool {
		item, ok := p.value(depth + 1)
		if item != nil {
			n.Items = append(n.Items, item)
		}
		return ok
	})
}

// list reads elements parted by commas up to the closing bracket, and ends n's span behind it.
func (p *jsonc) list(n *Node, closing byte, element func() bool) bool {
	defer func() { n.Span.End = p.base + p.at }()
	p.at++
	for comma := true; ; {
		if !p.skip() {
			p.stopped = true
			return false
		}
		switch {
		case p.at == len(p.src):
			p.stopped = true
			p.fail(p.at, p.at, fmt.Sprintf("expected %q, not the end of the file", closing), "")
			return false
		case p.src[p.at] == closing:
			p.at++
			return true
		case p.src[p.at] == ',' && !comma:
			p.at++
			comma = true
			continue
		case p.src[p.at] == '}' || p.src[p.at] == ']':
			p.stopped = true
			p.fail(p.at, p.at+1, fmt.Sprintf("expected %q, not %q", closing, p.src[p.at]), "")
			return false
		case !comma:
			last := n.lastEnd() - p.base
			p.fail(last, last, "expected ',' before the next value", "")
		}
		if element() {
			comma = false
			continue
		}
		if p.stopped || !p.resync() {
			p.stopped = true
			return false
		}
		comma = p.src[p.at] != ','
	}
}

// resync passes the rest of an element that could not be read, up to where the next one may begin; false if that is not
// on the same line, or brackets or quotes lie between.
func (p *jsonc) resync() bool {
	end := bytes.IndexAny(p.src[p.at:], ",}]{[\"/\n")
	if end < 0 {
		return false
	}
	switch rest := p.src[p.at+end:]; {
	case rest[0] == '{' || rest[0] == '[' || rest[0] == '"',
		rest[0] == '/' && !bytes.HasPrefix(rest, []byte("//")) && !bytes.HasPrefix(rest, []byte("/*")):
		return false
	}
	p.at += end
	return true
}

// lastEnd is the offset behind the last field or item.
func (n *Node) lastEnd() int {
	if n.Kind == Array {
		return n.Items[len(n.Items)-1].Span.End
	}
	return n.Fields[len(n.Fields)-1].Value.Span.End
}

func (p *jsonc) newNode(k Kind) *Node {
	return &Node{Kind: k, Span: Span{p.base + p.at, p.base + p.at}}
}

// fail records a mistake in src[start:end].
func (p *jsonc) fail(start, end int, message, help string) {
	end = min(end, len(p.src))
	p.file.fail(Error{Span: Span{p.base + start, p.base + end}, Message: message, Help: help})
}
