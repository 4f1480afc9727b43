package source

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// places leads from the joined code back to the files, by esbuild's source map.
type places struct {
	root string
	from beginning
	read func(string) ([]byte, error)

	once     sync.Once
	sources  []string // paths relative to root
	mappings string   // empty if the code is not what it was
}

// load makes the source map of code.
func (p *places) load(ctx context.Context, code []byte) {
	again, err := join(ctx, p.root, p.from, p.read, true)
	if err != nil || !bytes.HasPrefix(again.code, bytes.TrimSpace(code)) {
		return
	}
	var m struct {
		Sources  []string `json:"sources"`
		Mappings string   `json:"mappings"`
	}
	if json.Unmarshal(again.sourceMap, &m) == nil {
		p.sources, p.mappings = m.Sources, m.Mappings
	}
}

// find returns where the name at offset of code was written; a nil file if that cannot be told.
func (p *places) find(code []byte, offset int, name string) (*syntax.File, syntax.Span) {
	before := code[:offset]
	line := bytes.Count(before, []byte("\n"))
	column := offset - (bytes.LastIndexByte(before, '\n') + 1)
	source, original, ok := originalOf(p.mappings, line, column)
	if !ok || source >= len(p.sources) {
		return nil, syntax.Span{}
	}
	from, err := url.PathUnescape(p.sources[source]) // [[path]].ts is %5B%5Bpath%5D%5D.ts there
	if err != nil {
		return nil, syntax.Span{}
	}
	path := filepath.Join(p.root, filepath.FromSlash(from))
	text, err := p.read(path)
	if err != nil {
		return nil, syntax.Span{}
	}
	file := syntax.Plain(shown(path), text)
	within, start := file.Line(original + 1)
	if i := wordIn(within, name); i >= 0 {
		return file, syntax.Span{Start: start + i, End: start + i + len(name)}
	}
	return nil, syntax.Span{}
}

// shown is a path as a person in the working directory writes it.
func shown(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if here, err = filepath.EvalSymlinks(here); err != nil || !within(here, path) {
		return path
	}
	short, err := filepath.Rel(here, path)
	if err != nil {
		return path
	}
	return short
}

// wordIn is where name stands in a line as a whole word, -1 if nowhere.
func wordIn(line, name string) int {
	for at := 0; name != ""; {
		i := strings.Index(line[at:], name)
		if i < 0 {
			return -1
		}
		at += i
		end := at + len(name)
		if (at == 0 || !wordByte(line[at-1])) && (end == len(line) || !wordByte(line[end])) {
			return at
		}
		at++
	}
	return -1
}

// originalOf looks up a place in the mappings of a source map: lines are separated by ;, places in a line by a comma. A place is
// four numbers, each the difference to the one before: column, file, line and column there.
// https://tc39.es/ecma426/
func originalOf(mappings string, line, column int) (source, original int, ok bool) {
	var at, file, row int
	for n := 0; ; n++ {
		text, rest, more := strings.Cut(mappings, ";")
		at = 0
		for place := range strings.SplitSeq(text, ",") {
			var numbers [5]int
			count := decode(place, &numbers)
			if count < 4 {
				continue
			}
			at += numbers[0]
			if n == line && at > column {
				return source, original, ok
			}
			file, row = file+numbers[1], row+numbers[2]
			if n == line {
				source, original, ok = file, row, file >= 0 && row >= 0
			}
		}
		if n == line || !more {
			return source, original, ok
		}
		mappings = rest
	}
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// decode reads base-64 numbers of variable length, and says how many there are.
func decode(text string, numbers *[5]int) int {
	count, value, shift := 0, 0, 0
	for i := 0; i < len(text) && count < len(numbers); i++ {
		digit := strings.IndexByte(digits, text[i])
		if digit < 0 || shift > 30 {
			return 0
		}
		value |= digit & 31 << shift
		if digit&32 != 0 {
			shift += 5
			continue
		}
		numbers[count] = value >> 1
		if value&1 != 0 {
			numbers[count] = -numbers[count]
		}
		count, value, shift = count+1, 0, 0
	}
	return count
}
