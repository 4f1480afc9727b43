package lock

import (
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// preamble stands at the top of each lock.
const preamble = `# Which account each environment belongs to, and which resource each binding is.
# Written by "bindery lock" and "bindery apply". Commit it; comments of yours stay.
`

// Write renders environments as a lock. Where f names all that they name, only the values that are others now are others in
// the text: what people have written, and how, stays. Where something is new or gone the lock is written in order, so that a
// change of one thing is a diff of one line; comments of f stay at the line that they stand above, or behind, and those of what
// is gone go with it, but for what stands at the end of the file.
func (f *File) Write(environments []*Environment) []byte {
	if text, ok := f.corrected(Compare(f.Environments, environments)); ok {
		return text
	}
	w := &writer{comments: commentsOf(f.Source)}
	w.text.WriteString(preamble)
	w.line([]string{keyVersion}, fmt.Sprintf("%s = %d", keyVersion, Version))
	for _, e := range sorted(environments) {
		w.environment(e)
	}
	for _, c := range w.comments.last {
		w.text.WriteString(c + "\n")
	}
	return []byte(w.text.String())
}

// corrected is the text of f with other values; false if that is not all that has changed.
func (f *File) corrected(changes []Change) ([]byte, bool) {
	if f.Source == nil {
		return nil, false
	}
	var edits []syntax.Edit
	for _, c := range changes {
		table := f.Source.Root.Get(keyTop)
		if c.Environment != "" {
			table = f.Source.Root.Get(keyEnv).Get(c.Environment)
		}
		if c.Binding != "" {
			table = table.Get(keyBindings).Get(c.Binding)
		}
		value := table.Get(c.Field)
		if c.Field == "" || c.Was == "" || c.Is == "" || !value.Is(syntax.String) {
			return nil, false
		}
		edits = append(edits, syntax.Edit{Span: value.Span, New: syntax.Quoted(c.Is)})
	}
	text, err := syntax.Apply(f.Source.Source, edits)
	return text, err == nil
}

type writer struct {
	text     strings.Builder
	comments comments
}

func (w *writer) environment(e *Environment) {
	path := []string{keyTop}
	if e.Name != "" {
		path = []string{keyEnv, e.Name}
	}
	w.header(path)
	w.pair(path, keyAccount, e.AccountID)
	w.pair(path, keyAccountName, e.Account)
	w.pair(path, keyWorker, e.Worker)
	for _, b := range e.Bindings {
		at := append(path[:len(path):len(path)], keyBindings, b.Name)
		w.header(at)
		w.pair(at, keyType, b.Type)
		w.pair(at, keyID, b.ID)
		w.pair(at, keyTitle, b.Title)
		w.pair(at, keyFingerprint, b.Fingerprint)
	}
}

func (w *writer) header(path []string) {
	parts := make([]string, len(path))
	for i, part := range path {
		parts[i] = key(part)
	}
	w.text.WriteString("\n")
	w.line(path, "["+strings.Join(parts, ".")+"]")
}

func (w *writer) pair(table []string, name, value string) {
	if value != "" {
		w.line(append(table[:len(table):len(table)], name), name+" = "+syntax.Quoted(value))
	}
}

// line writes a line with the comments above and behind it.
func (w *writer) line(path []string, text string) {
	c := w.comments.at[joined(path)]
	for _, above := range c.above {
		w.text.WriteString(above + "\n")
	}
	w.text.WriteString(text)
	if c.behind != "" {
		w.text.WriteString(" " + c.behind)
	}
	w.text.WriteString("\n")
}

var bare = pattern.New(`^[A-Za-z0-9_-]+$`)

func key(name string) string {
	if bare.MatchString(name) {
		return name
	}
	return syntax.Quoted(name)
}

// comments are those of people, by the path of the key or header that they belong to.
type comments struct {
	at   map[string]comment
	last []string // at the end of the file
}

type comment struct {
	above  []string
	behind string
}

func joined(path []string) string { return strings.Join(path, "\x00") }

// commentsOf collects the comments of a file whose lines are headers, pairs and comments, as we write it and as
// people leave it. A comment inside of a value, which only one in brackets can hold, is no line of ours.
func commentsOf(file *syntax.File) comments {
	all := comments{at: map[string]comment{}}
	if file == nil {
		return all
	}
	paths := map[int]string{} // by line
	ends := map[int]int{}     // where what counts in a line ends
	var walk func(n *syntax.Node, path []string)
	note := func(at syntax.Span, end int, path []string) {
		line := file.Position(at.Start).Line
		paths[line], ends[line] = joined(path), end
	}
	walk = func(n *syntax.Node, path []string) {
		if n.Header != (syntax.Span{}) {
			note(n.Header, n.Header.End, path)
		}
		for _, f := range n.Fields {
			below := append(path[:len(path):len(path)], f.Name)
			if f.Value.Is(syntax.Table) {
				walk(f.Value, below)
				continue
			}
			note(f.NameAt, f.Value.Span.End, below)
		}
	}
	walk(file.Root, nil)
	ours := map[string]bool{}
	for line := range strings.Lines(preamble) {
		ours[strings.TrimSpace(line)] = true
	}
	var above []string
	for n := 1; ; n++ {
		text, start := file.Line(n)
		if text == "" && start >= len(file.Source) {
			break
		}
		path, counts := paths[n]
		switch trimmed := strings.TrimSpace(text); {
		case counts:
			behind := strings.TrimSpace(text[min(max(ends[n]-start, 0), len(text)):])
			if !strings.HasPrefix(behind, "#") {
				behind = ""
			}
			all.at[path] = comment{above, behind}
			above = nil
		case strings.HasPrefix(trimmed, "#") && !ours[trimmed]:
			above = append(above, trimmed)
		}
	}
	all.last = above
	return all
}
