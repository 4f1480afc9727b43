package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// binding-name-invalid: a name that is no JavaScript identifier cannot be read as env.NAME.
var bindingNameInvalid = &check.Rule{
	ID:       "binding-name-invalid",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a binding or variable has a name that is no identifier",
	Explain:  explain("binding-name-invalid"),
	Seen:     check.Prevalence{Files: 1, Projects: 1},
	Config: func(p *check.Pass) {
		drafts := map[string]*check.Draft{} // by name: environments have to repeat it, and one finding will do
		for _, env := range environments(p.Config) {
			for _, n := range namesOf(env) {
				if n.text == "" || identifier.MatchString(n.text) {
					continue
				}
				if found := drafts[n.text]; found != nil {
					found.Also(env)
					continue
				}
				drafts[n.text] = reportName(p.Of(env), n)
			}
		}
	},
}

// identifier is a JavaScript identifier, but for escapes.
var identifier = pattern.New(`^[\p{L}\p{Nl}_$][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$]*$`)

var notInIdentifier = pattern.New(`[^\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$]+`)

func reportName(p *check.Pass, n codeName) *check.Draft {
	fitting := notInIdentifier.Regexp().ReplaceAllString(n.text, "_")
	if !identifier.MatchString(fitting) {
		fitting = "_" + fitting // it begins with a digit
	}
	return p.Report(n.at, "%s %q %s has a name that is no identifier", n.words, clip(n.text), at(p.Env)).
		Label("code cannot say env.%s", clip(n.text)).
		Help("call it %s, or read it as env[%q]", clip(fitting), clip(n.text))
}

// A codeName is a name that code sees in env.
type codeName struct {
	text  string
	at    syntax.Span
	words string // what it names: "KV binding", "variable"
}

// namesOf lists the names that an environment gives to code, those of variables last.
func namesOf(env *wrangler.Environment) []codeName {
	var names []codeName
	for _, b := range env.Bindings {
		names = append(names, codeName{b.Text(), nameSpan(b), typeWords(b.Type) + " binding"})
	}
	for _, v := range env.Vars {
		if !swallowed(env, v) {
			names = append(names, codeName{v.Name, v.NameAt, "variable"})
		}
	}
	return names
}
