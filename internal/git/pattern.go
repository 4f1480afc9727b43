package git

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

// pattern is one line of an ignore file.
type pattern struct {
	glob     *regexp.Regexp
	anchored bool // a slash before its end: it matches whole paths, seen from its file, not just names
	folders  bool // a slash at its end
	negated  bool
}

func (p pattern) matches(name string, isDir bool) bool {
	if p.folders && !isDir {
		return false
	}
	if !p.anchored {
		name = path.Base(name)
	}
	return p.glob.MatchString(name)
}

// parse reads an ignore file. Lines that are no patterns match nothing, as with git.
func parse(src []byte) []pattern {
	var all []pattern
	src = bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF"))
	for line := range strings.Lines(string(src)) {
		line = trimBlanks(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
		var p pattern
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '!':
			p.negated, line = true, line[1:]
		}
		if strings.HasSuffix(line, "/") {
			p.folders, line = true, strings.TrimSuffix(line, "/")
		}
		p.anchored = strings.Contains(line, "/")
		glob, ok := expression(strings.TrimPrefix(line, "/"))
		if line == "" || !ok {
			continue
		}
		p.glob = glob
		all = append(all, p)
	}
	return all
}

// trimBlanks takes the blanks off the end of a line, but one behind a backslash.
func trimBlanks(line string) string {
	for strings.HasSuffix(line, " ") && !escaped(line[:len(line)-1]) {
		line = line[:len(line)-1]
	}
	return line
}

// escaped says whether what follows text stands behind a backslash that is none itself escaped.
func escaped(text string) bool {
	return (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1
}

// expression turns a pattern into a regular expression for a whole path; false if the pattern is broken.
func expression(glob string) (*regexp.Regexp, bool) {
	var out strings.Builder
	out.WriteString(`(?s)^`)
	for at := 0; at < len(glob); {
		rest := glob[at:]
		inside := at == 0 || glob[at-1] == '/' // a ** means more only between slashes
		switch {
		case inside && strings.HasPrefix(rest, "**/"):
			out.WriteString(`(?:.*/)?`)
			at += len("**/")
		case at > 0 && inside && rest == "**":
			out.WriteString(`.+`)
			at += len("**")
		case rest[0] == '*':
			out.WriteString(`[^/]*`)
			at++
		case rest[0] == '?':
			out.WriteString(`[^/]`)
			at++
		case rest[0] == '[':
			class, size := characterClass(rest)
			if size == 0 {
				return nil, false
			}
			out.WriteString(class)
			at += size
		case rest[0] == '\\':
			if len(rest) == 1 {
				return nil, false
			}
			out.WriteString(regexp.QuoteMeta(rest[1:2]))
			at += 2
		default:
			out.WriteString(regexp.QuoteMeta(rest[:1]))
			at++
		}
	}
	re, err := regexp.Compile(out.String() + `$`)
	return re, err == nil
}
