package envtypes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// maxFile is the largest file that is read, in bytes. What wrangler types writes has half a megabyte.
const maxFile = 4 << 20

// mainCode is what the file that a Worker begins with exports.
type mainCode struct {
	specifier string            // by which the file of types imports it
	classes   map[string]string // by name, what it extends
}

// readMain reads it for the sake of its classes. It is nil where a class could not be imported: there is no file to import it to, or the
// Worker is not in TypeScript, or its file is not understood.
func readMain(e *wrangler.Environment, out string) *mainCode {
	main := e.Main.Str()
	if out == "" || !slices.Contains([]string{".ts", ".tsx", ".mts"}, filepath.Ext(main)) {
		return nil
	}
	path := filepath.Join(filepath.Dir(e.Config.Path), filepath.FromSlash(main))
	between, err := filepath.Rel(filepath.Dir(out), path)
	if err != nil {
		return nil
	}
	src, ok := readSmall(path)
	if !ok {
		return nil
	}
	tokens, ok := scan(src)
	if !ok {
		return nil
	}
	specifier := filepath.ToSlash(strings.TrimSuffix(between, filepath.Ext(between)))
	if !strings.HasPrefix(specifier, ".") {
		specifier = "./" + specifier
	}
	return &mainCode{specifier: specifier, classes: exportedClasses(tokens)}
}

// readSmall reads a regular file of at most maxFile bytes.
func readSmall(path string) (string, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return "", false
	}
	src, err := os.ReadFile(path)
	return string(src), err == nil
}

// exportedClasses finds `export class NAME extends BASE` outside of any brackets.
func exportedClasses(tokens []token) map[string]string {
	classes := map[string]string{}
	depth := 0
	for i, t := range tokens {
		switch {
		case t.is("{"), t.is("("), t.is("["):
			depth++
		case t.is("}"), t.is(")"), t.is("]"):
			depth--
		case depth == 0 && i+4 < len(tokens) && t.text == "export" && tokens[i+1].text == "class" && tokens[i+3].text == "extends":
			classes[tokens[i+2].text] = tokens[i+4].text
		}
	}
	return classes
}

// class is the type of a class that extends base; "" if it is not certain that there is one.
func (c *mainCode) class(name, base string) string {
	if c == nil || name == "" || c.classes[name] != base {
		return ""
	}
	return fmt.Sprintf("import(%s).%s", quote(c.specifier), name)
}
