package scripts

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// A shell follows a script from command to command, as far as cd and variables tell where it stands. Scripts that run one
// after the other in one shell share it.
type shell struct {
	dir   string // relative to the project, with slashes
	known bool   // dir is where it stands
	env   Env    // CLOUDFLARE_ENV

	deploy func(at, end int, d Deploy) // called for each command that deploys
	opaque func()                      // called for what may deploy unseen
	writes func()                      // called for what may write a configuration
}

// longestScript is more than anybody writes into a pipeline.
const longestScript = 64 << 10

// configuration is wrangler's. A command other than wrangler that mentions it may change it: cp, sed, envsubst.
var configuration = pattern.New(`\bwrangler[^/]*\.(?:toml|jsonc?)\b`)

// expression is GitHub's ${{ … }}; to a shell it is as unknown as a variable.
var expression = pattern.New(`\$\{\{.*?\}\}`)

// telling is what has to stand in a script that anything follows from.
var telling = pattern.New(`deploy|wrangler|cd |\s-e\s|--env|` + cloudflareEnv)

// deploying is what has to stand in one that may deploy unseen.
var deploying = pattern.New(`deploy|wrangler|--env|` + cloudflareEnv)

// run reads a script. Offsets that deploy gets are those of text.
func (s *shell) run(text string) {
	if !telling.MatchString(text) {
		return
	}
	if len(text) > longestScript {
		s.opaque()
		return
	}
	plain := expression.Regexp().ReplaceAllStringFunc(text, func(e string) string { return "$" + strings.Repeat("_", len(e)-1) })
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(plain), "")
	if err != nil {
		if deploying.MatchString(text) {
			s.opaque()
		}
		return
	}
	s.statements(file.Stmts)
}

func (s *shell) statements(all []*syntax.Stmt) {
	for _, stmt := range all {
		for _, to := range stmt.Redirs {
			if configuration.MatchString(wordOf(to.Word).text) {
				s.writes()
			}
		}
		s.command(stmt.Cmd)
	}
}

func (s *shell) command(cmd syntax.Command) {
	switch cmd := cmd.(type) {
	case *syntax.CallExpr:
		s.call(cmd)
	case *syntax.BinaryCmd:
		s.statements([]*syntax.Stmt{cmd.X, cmd.Y})
	case *syntax.Block:
		s.statements(cmd.Stmts)
	case *syntax.Subshell:
		inner := *s
		inner.statements(cmd.Stmts)
	case *syntax.DeclClause: // export, declare …
		s.assign(cmd.Args)
	case *syntax.TimeClause:
		if cmd.Stmt != nil {
			s.statements([]*syntax.Stmt{cmd.Stmt})
		}
	case *syntax.IfClause:
		for branch := cmd; branch != nil; branch = branch.Else {
			inner := *s
			inner.statements(branch.Cond)
			inner.statements(branch.Then)
		}
	case *syntax.ForClause:
		inner := *s
		inner.statements(cmd.Do)
	case *syntax.WhileClause:
		inner := *s
		inner.statements(cmd.Do)
	case *syntax.CaseClause:
		for _, item := range cmd.Items {
			inner := *s
			inner.statements(item.Stmts)
		}
	case *syntax.FuncDecl:
		inner := *s
		inner.statements([]*syntax.Stmt{cmd.Body})
	}
}

const cloudflareEnv = "CLOUDFLARE_ENV"

// assign follows CLOUDFLARE_ENV, whether it is exported or not.
func (s *shell) assign(all []*syntax.Assign) {
	for _, a := range all {
		if a.Name != nil && a.Name.Value == cloudflareEnv {
			value := wordOf(a.Value)
			s.env = Env{Said: true, Known: value.known, Name: value.text}
		}
	}
}

func (s *shell) call(call *syntax.CallExpr) {
	if len(call.Args) == 0 {
		s.assign(call.Assigns)
		return
	}
	inner := *s
	inner.assign(call.Assigns)
	var words []word
	for _, arg := range call.Args {
		words = append(words, wordOf(arg))
	}
	if words[0].text == "cd" && words[0].known {
		s.cd(words[1:])
		return
	}
	inner.judge(words, int(call.Pos().Offset()), int(call.End().Offset()))
}

func (s *shell) cd(args []word) {
	switch {
	case len(args) == 1 && args[0].known && args[0].text != "-" && !strings.HasPrefix(args[0].text, "~"):
		s.enter(args[0].text)
	default:
		s.known = false
	}
}

// enter changes the folder. What lies outside of the project is unknown.
func (s *shell) enter(dir string) {
	if path.IsAbs(dir) {
		s.known = false
		return
	}
	s.dir = path.Join(s.dir, dir)
}

// A word of a command. If it holds more than text, text is what stands before that.
type word struct {
	text  string
	known bool
}

func (w word) is(texts ...string) bool {
	for _, text := range texts {
		if w.known && w.text == text {
			return true
		}
	}
	return false
}

func wordOf(w *syntax.Word) word {
	if w == nil {
		return word{known: true}
	}
	var text strings.Builder
	known := literal(w.Parts, &text)
	return word{text.String(), known}
}

// literal writes the parts as the shell would pass them on, and says whether it could to the end.
func literal(parts []syntax.WordPart, text *strings.Builder) bool {
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			text.WriteString(strings.ReplaceAll(part.Value, `\`, ""))
		case *syntax.SglQuoted:
			text.WriteString(part.Value)
		case *syntax.DblQuoted:
			if !literal(part.Parts, text) {
				return false
			}
		default:
			return false
		}
	}
	return true
}
