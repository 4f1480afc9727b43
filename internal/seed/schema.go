package seed

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// prefixed is a schema with the keys that it is for.
type prefixed struct {
	prefix, path string
	schema       *jsonschema.Schema
}

// schemas compiles those of a binding. What a schema refers to is read from files only, never from a network.
func (d *document) schemas(b *declared, n *syntax.Node) {
	for _, f := range d.table(n, "schemas").Fields {
		if f.Value.Str() == "" {
			d.wrong(f.Value.Span, "", "a schema is the path of a file with a JSON Schema")
			continue
		}
		path, err := filepath.Abs(d.beside(f.Value.Text))
		if err != nil {
			d.wrong(f.Value.Span, "", "%v", err)
			continue
		}
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		compiler.UseLoader(localFiles{})
		schema, err := compiler.Compile(path)
		if err != nil {
			d.wrong(f.Value.Span, "", "%s is no JSON Schema that can be used: %v", f.Value.Text, schemaReason(err))
			continue
		}
		b.schemas = append(b.schemas, prefixed{f.Name, f.Value.Text, schema})
	}
}

// localFiles loads schemas, and those that they refer to.
type localFiles struct{ jsonschema.FileLoader }

func (l localFiles) Load(url string) (any, error) {
	path, err := l.ToFile(url)
	if err != nil {
		return nil, errors.New("only files of this machine are read")
	}
	src, err := readFile(path) // which waits for no pipe
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(src))
}

// schemaReason leaves out where on this machine the file lies.
func schemaReason(err error) error {
	var load *jsonschema.LoadURLError
	if errors.As(err, &load) {
		return reason(load.Err)
	}
	var invalid *jsonschema.SchemaValidationError
	if errors.As(err, &invalid) {
		var v *jsonschema.ValidationError
		if errors.As(invalid.Err, &v) {
			leaf := leaves(v)[0]
			return fmt.Errorf("at %s: %s", pointer(leaf.InstanceLocation), words(leaf))
		}
	}
	return err
}

// conforms holds a value against the schemas whose prefix its key has. A value that was not written as JSON has to be JSON
// all the same.
func (d *document) conforms(b *declared, k Key, n *syntax.Node) {
	for _, s := range b.schemas {
		if !strings.HasPrefix(k.Key, s.prefix) {
			continue
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(k.Value))
		if err != nil {
			d.wrong(n.Span, "", "the value of %q is not JSON, and %s is for it", k.Key, s.path)
			continue
		}
		var v *jsonschema.ValidationError
		if errors.As(s.schema.Validate(value), &v) {
			for _, leaf := range leaves(v) {
				d.wrong(within(n, leaf), "", "%s of %q: %s (%s)", pointer(leaf.InstanceLocation), k.Key, words(leaf), s.path)
			}
		}
	}
}

// leaves are the errors that have no others below them.
func leaves(v *jsonschema.ValidationError) (all []*jsonschema.ValidationError) {
	if len(v.Causes) == 0 {
		return []*jsonschema.ValidationError{v}
	}
	for _, cause := range v.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

// within is the place that an error is about: as deep as the file shows the value, and the name of a field that should
// not be there.
func within(n *syntax.Node, v *jsonschema.ValidationError) syntax.Span {
	for _, word := range v.InstanceLocation {
		index, err := strconv.Atoi(word)
		field := n.Field(word)
		switch {
		case n.Is(syntax.Table) && field != nil:
			n = field.Value
		case n.Is(syntax.Array) && err == nil && index < len(n.Items):
			n = n.Items[index]
		default:
			return n.Span
		}
	}
	if more, ok := v.ErrorKind.(*kind.AdditionalProperties); ok && len(more.Properties) > 0 {
		if field := n.Field(more.Properties[0]); field != nil {
			return field.NameAt
		}
	}
	return n.Span
}

// pointer is a place of a value for people, as /methods/0; "the value" for all of it.
func pointer(location []string) string {
	if len(location) == 0 {
		return "the value"
	}
	return "/" + strings.Join(location, "/")
}

// words say what is wrong without quoting the value, which may be a secret.
func words(v *jsonschema.ValidationError) string {
	switch k := v.ErrorKind.(type) {
	case *kind.Pattern:
		return "it does not match " + k.Want
	case *kind.Format:
		return "it is no " + k.Want
	}
	return v.ErrorKind.LocalizedString(message.NewPrinter(language.English))
}
