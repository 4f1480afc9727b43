package seed

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// parseYAML reads a document of YAML into the tree that TOML and JSON are read into.
func parseYAML(path string, src []byte) *syntax.File {
	f := syntax.Plain(path, src)
	f.Root = &syntax.Node{Kind: syntax.Table}
	y := &yamlReader{file: f, done: map[*yaml.Node]*syntax.Node{}}
	if !utf8.Valid(src) {
		y.fail(0, "the file is not UTF-8", "save it as UTF-8")
		return f
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(src)))
	var doc yaml.Node
	if err := decoder.Decode(&doc); err != nil || len(doc.Content) == 0 {
		line, message := 1, "the file is empty"
		if err != nil && err.Error() != "EOF" {
			line, message = yamlError(err)
		}
		_, start := f.Line(line)
		y.fail(start, message, "")
		return f
	}
	if decoder.Decode(new(yaml.Node)) == nil {
		y.fail(0, "the file has more than one document", "a seed is one: leave out the line --- between them")
		return f
	}
	f.Root = y.node(doc.Content[0])
	return f
}

// yamlError takes the line out of an error of the library, "yaml: line 3: …".
func yamlError(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, text, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			return n, text
		}
	}
	return 1, message
}

type yamlReader struct {
	file *syntax.File
	done map[*yaml.Node]*syntax.Node // nil while it is being read: an alias may stand inside what it names
}

func (y *yamlReader) fail(at int, message, help string) {
	y.file.Errors = append(y.file.Errors, syntax.Error{Span: syntax.Span{Start: at, End: at}, Message: message, Help: help})
}

// offset is where a node begins; the library counts lines and characters.
func (y *yamlReader) offset(n *yaml.Node) int {
	text, start := y.file.Line(n.Line)
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(text)
		text, start = text[size:], start+size
	}
	return start
}

// node reads n once, however many aliases lead to it: a tree that shares branches takes no more memory than the file.
func (y *yamlReader) node(n *yaml.Node) *syntax.Node {
	at := y.offset(n)
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if known, begun := y.done[n]; known != nil {
		return known
	} else if begun {
		y.fail(at, "the alias stands inside what it names", "")
		return &syntax.Node{Kind: syntax.Null, Span: syntax.Span{Start: at, End: at}}
	}
	y.done[n] = nil
	made := &syntax.Node{Span: syntax.Span{Start: at, End: at}}
	switch n.Kind {
	case yaml.MappingNode:
		y.mapping(n, made)
	case yaml.SequenceNode:
		made.Kind = syntax.Array
		for _, item := range n.Content {
			made.Items = append(made.Items, y.node(item))
		}
	default:
		y.scalar(n, made)
	}
	y.done[n] = made
	return made
}

func (y *yamlReader) mapping(n *yaml.Node, made *syntax.Node) {
	made.Kind = syntax.Table
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, at := n.Content[i], y.offset(n.Content[i])
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.ShortTag() == "!!merge":
			y.fail(at, "<< is not read", "write the fields out, or give an alias as the whole value")
			continue
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			y.fail(at, "a name is no text", "put it into quotes")
			continue
		}
		made.Fields = append(made.Fields, &syntax.Field{
			Name: key.Value, NameAt: syntax.Span{Start: at, End: at + len(key.Value)}, Value: y.node(n.Content[i+1]),
		})
	}
}

func (y *yamlReader) scalar(n *yaml.Node, made *syntax.Node) {
	made.Kind, made.Text = syntax.String, n.Value
	var err error
	switch n.ShortTag() {
	case "!!str":
	case "!!null":
		made.Kind = syntax.Null
	case "!!bool":
		made.Kind = syntax.Bool
		err = n.Decode(&made.Bool)
	case "!!int":
		var v any // int64 or uint64, whatever the notation
		if made.Kind, err = syntax.Integer, n.Decode(&v); err == nil {
			made.Text, err = decimal(v)
		}
	case "!!float":
		made.Kind = syntax.Float
		var v float64
		if err = n.Decode(&v); err == nil {
			made.Text, err = decimal(v)
		}
	case "!!timestamp":
		made.Kind = syntax.Datetime
	default:
		y.fail(made.Span.Start, "the tag "+n.ShortTag()+" is not read", "write base64, JSON or text as docs/data.md says")
	}
	if err != nil {
		y.fail(made.Span.Start, "the number has no form in JSON", "put it into quotes")
	}
}
