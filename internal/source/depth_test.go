package source_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/source"
)

// deep is code of every kind that makes a parser descend n times.
func deep(n int) map[string]string {
	many := func(open, middle, end string) string {
		return "export default " + strings.Repeat(open, n) + middle + strings.Repeat(end, n) + "\n"
	}
	return map[string]string{
		"parentheses":  many("(", "1", ")"),
		"arrays":       many("[", "", "]"),
		"objects":      many("{a:", "1", "}"),
		"blocks":       "export default 1;" + strings.Repeat("{", n) + strings.Repeat("}", n),
		"operators":    many("!", "1", ""),
		"words":        many("typeof ", "1", ""),
		"arrows":       many("a=>", "1", ""),
		"functions":    many("function(){return ", "1", "}"),
		"methods":      many("{a(){return ", "1", "}}"),
		"assignments":  many("a.b=", "1", ""),
		"conditions":   many("a?b:", "1", ""),
		"calls":        many("f(", "1", ")"),
		"templates":    many("`${", "1", "}`"),
		"if":           "export default 1;" + strings.Repeat("if(a)", n) + "b",
		"else":         "export default 1;" + strings.Repeat("if(a){}else ", n) + "b",
		"members":      many("", "a", ".b"),
		"chains":       many("", "a", ".b()"),
		"sums":         many("", "a", "+b"),
		"types":        "let x: " + strings.Repeat("A<", n) + "1" + strings.Repeat(">", n),
		"elements":     many("<a>", "", "</a>"),
		"after a text": many("'(' + (", "1", ")"),
	}
}

// Code of any depth is read or refused: a stack that overflows would end the process, and no test could tell.
func TestDepth(t *testing.T) {
	for name, code := range deep(300_000) {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for _, ending := range []string{".js", ".ts"} {
				main := filepath.Join(root, "index"+ending)
				write(t, main, code)
				_, err := source.Read(t.Context(), source.Entry{Main: main, Root: root})
				if !errors.Is(err, source.ErrTooDeep) {
					t.Errorf("Read(%.40q…%s): %v, want %v", code, ending, err, source.ErrTooDeep)
				}
			}
		})
	}
}

// What might pass for the end of a text, or for its beginning, hides no depth.
func TestDepthBehindText(t *testing.T) {
	for name, text := range map[string]string{
		"a pattern behind if":         "if (a) /`/.test(b);",
		"a pattern behind a block":    "{}/`/.test(b);",
		"a pattern behind a type":     "type A = B\n/`/.test(b);",
		"a slash in a class":          "x = /[/`]/;",
		"division by a property":      "a.return / 2; b = '/`/';",
		"division of what is counted": "a++ / 2; b = '/`';",
		"a dot that ends a number":    "a = 1. / b; c = '/`';",
		"a blank that is no ASCII":    "a =\u00a0/`/;",
		"a comment that ends with CR": "// `\r; b = ((1)); // `\r",
		"a script's comment":          "<!-- `\n",
		"a line for the shell":        "#! `\n",
		"a string over CRLF":          "a = 'b\\\r\n`';",
		"the text of an element":      "const a = <p>`</p>;",
		"an element behind if":        "if (a) <p>`</p>;",
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for _, ending := range []string{".js", ".ts", ".tsx"} {
				main := filepath.Join(root, "index"+ending)
				write(t, main, text+"\nexport default "+strings.Repeat("(", 400_000))
				if _, err := source.Read(t.Context(), source.Entry{Main: main, Root: root}); err == nil {
					t.Errorf("Read(%q and many parentheses, %s) refused nothing", text, ending)
				}
			}
		})
	}
}

// What is not refused for its depth is read in little time, though the second parser may refuse it.
func TestDepthBelowTheLimit(t *testing.T) {
	for name, code := range deep(300) {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			main := filepath.Join(root, "index.tsx")
			write(t, main, code)
			_, err := source.Read(t.Context(), source.Entry{Main: main, Root: root})
			if errors.Is(err, source.ErrTooDeep) {
				t.Errorf("Read(%.40q…): %v", code, err)
			}
		})
	}
}

// What people write is read, however long.
func TestDepthThatIsRead(t *testing.T) {
	for name, code := range map[string]string{
		"parentheses":    strings.Repeat("(", 900) + "1" + strings.Repeat(")", 900),
		"a long list":    "[" + strings.Repeat("[1, 2, [3]], ", 50_000) + "]",
		"no semicolons":  "0\n" + strings.Repeat("{ const a = (x) => { return f(x) }\na() }\n", 5_000),
		"long and clear": strings.Repeat("f((a) => { if (/['`]/.test(a.b)) { return a.b / 2 / (c - 1) } }, `${a / 2}`, '/') // don't\n", 2_000) + "0",
		"many methods":   "class {" + strings.Repeat("a() { return 1 }\n", 3_000) + "}",
		"a long text":    "`" + strings.Repeat("<p>don't (", 50_000) + "`",
		"shifts":         "[" + strings.Repeat("a << 5 | a>>>2 | a<<b, ", 5_000) + "]",
	} {
		for _, ending := range []string{".ts", ".js"} {
			root := t.TempDir()
			main := filepath.Join(root, "index"+ending)
			write(t, main, "export default "+code)
			if _, err := source.Read(t.Context(), source.Entry{Main: main, Root: root}); err != nil {
				t.Errorf("%s, %s: Read: %v", name, ending, err)
			}
		}
	}
}
