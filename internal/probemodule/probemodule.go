// Package probemodule writes the module by which a Worker proves its own KV bindings. It
// answers the paths of internal/probe inside the Worker, in the same JSON.
//
// Start with [Write]. The same [Module] gives the same bytes, so that a file can be told
// to be stale by comparing it. The text is module.ts.tmpl: TypeScript, in which ⟦ and ⟧ enclose what
// JavaScript does not have.
package probemodule

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"text/template"
	"time"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// FirstLine begins every module, and no other file: whoever overwrites one looks for it.
const FirstLine = "// Proves this Worker's KV bindings, from inside the Worker.\n"

// A free account's writes, deletes and lists a day, each (https://developers.cloudflare.com/kv/platform/limits/),
// and how many of them a run costs a binding.
const (
	freeADay    = 1000
	listsPerRun = 2
)

// Module says what a module is to prove.
type Module struct {
	Command      string // that writes it, for its header
	File         string // its name, as it is imported: bindery-probe.ts, or .js for JavaScript
	Secret       string // the name of the secret that holds the API key
	Environments []Environment

	// The contract with whoever asks from outside.
	SelfTestPath, BindingsPath, KeyHeader, KeyPrefix string
	FingerprintKey                                   string // where a namespace says whose it is
	KeyTTL                                           time.Duration
}

// Environment is one environment that the Worker may run in.
type Environment struct {
	Name     string // "" is the top level
	Worker   string
	Account  string // to which it is deployed; "" if nobody knows: no fingerprint is judged then
	Bindings []Binding
	Vars     []string
	Texts    map[string]string // the vars that are texts; only values that name the environment get into the module
}

// Binding is one binding of an environment.
type Binding struct {
	Name     string
	Kind     string // as in internal/probe: KVNamespace, R2Bucket, …; "" for a critical name that nothing binds
	Critical bool
	Detail   string // which resource; never a value
	// Fingerprint is the digest that was agreed for a namespace; "" for none.
	Fingerprint string
}

// Write returns the module.
func Write(m Module) ([]byte, error) {
	source := moduleText
	if strings.HasSuffix(m.File, ".ts") {
		source = strings.NewReplacer("⟦", "", "⟧", "").Replace(source)
	} else {
		source = typescriptOnly.Regexp().ReplaceAllString(source, "")
	}
	text, err := template.New("module").Funcs(template.FuncMap{"quote": quote}).Parse(source)
	if err != nil {
		return nil, fmt.Errorf("read the probe's template: %w", err)
	}
	var b bytes.Buffer
	if err := text.Execute(&b, m.page()); err != nil {
		return nil, fmt.Errorf("write the probe: %w", err)
	}
	return b.Bytes(), nil
}

//go:embed module.ts.tmpl
var moduleText string

var typescriptOnly = pattern.New(`(?s)⟦.*?⟧`)

// page is what the template shows.
type page struct {
	Module
	Made          string
	SecretCommand string
	Import        string
	Variable      string // the variable that tells environments apart; "" if there is one only
	Environments  []told
	Budget        []string
	KeySeconds    int
	KeyMinutes    int
}

// told is an environment, and the value by which the Worker knows that it runs there.
type told struct {
	Environment
	When string
}

func (m Module) page() page {
	p := page{
		Module: m, Made: "Made by `" + oneLine(m.Command) + "`.", SecretCommand: "wrangler secret put " + m.Secret,
		Import:   strings.TrimSuffix(m.File, ".ts"),
		Variable: m.Variable(),
		Budget:   budget(m.Environments), KeySeconds: int(m.KeyTTL.Seconds()), KeyMinutes: int(m.KeyTTL.Minutes()),
	}
	p.Import = path.Base(p.Import)
	for _, e := range m.Environments {
		if e.Name != "" {
			p.SecretCommand = "wrangler secret put " + m.Secret + " --env NAME"
		}
		if p.Variable != "" {
			p.Environments = append(p.Environments, told{e, e.Texts[p.Variable]})
		}
	}
	switch {
	case len(m.Environments) == 1:
		p.Environments = []told{{Environment: m.Environments[0]}}
	default:
		p.Environments = append(p.Environments, told{Environment: shared(m.Environments)})
	}
	return p
}

// naming lists variables that name the environment, by convention. Any other one may hold a secret,
// which a module must not repeat.
var naming = []string{"BINDERY_ENV", "ENVIRONMENT", "ENV", "ENV_NAME", "APP_ENV", "WORKER_ENV", "CLOUDFLARE_ENV", "DEPLOY_ENV", "STAGE", "NODE_ENV"}

// Variable is the one whose value differs between all environments, so that a Worker can tell which one it runs
// in; one environment may do without it. "" if there is none, or nothing to tell apart.
func (m Module) Variable() string {
	if len(m.Environments) < 2 {
		return ""
	}
	for _, name := range naming {
		values := map[string]bool{}
		for _, e := range m.Environments {
			values[e.Texts[name]] = true
		}
		if len(values) == len(m.Environments) {
			return name
		}
	}
	return ""
}

// shared is what all environments have in common: what can be asked of a Worker of which nothing says where it runs.
func shared(all []Environment) Environment {
	common := Environment{Name: "unknown"}
	for _, b := range all[0].Bindings {
		everywhere := true
		for _, e := range all[1:] {
			other, bound := e.binding(b.Name)
			everywhere = everywhere && bound && other.Kind == b.Kind
			b.Critical = b.Critical || other.Critical
		}
		if everywhere {
			b.Detail, b.Fingerprint = "", "" // differ
			common.Bindings = append(common.Bindings, b)
		}
	}
	return common
}

func (e Environment) binding(name string) (Binding, bool) {
	for _, b := range e.Bindings {
		if b.Name == name {
			return b, true
		}
	}
	return Binding{}, false
}

// budget says what a run costs each environment, and how often a free account can afford it.
func budget(all []Environment) []string {
	width := 0
	for _, e := range all {
		width = max(width, len([]rune(e.label())))
	}
	var lines []string
	for _, e := range all {
		n := 0
		for _, b := range e.Bindings {
			if b.Kind == "KVNamespace" {
				n++
			}
		}
		if n == 0 {
			lines = append(lines, fmt.Sprintf("%-*s  no KV binding", width, e.label()))
			continue
		}
		lines = append(lines, fmt.Sprintf("%-*s  %s a run: %d runs a day by writes, %d by lists",
			width, e.label(), count(n, "write", "writes"), freeADay/n, freeADay/(n*listsPerRun)))
	}
	return lines
}

func (e Environment) label() string {
	if e.Name == "" {
		return "top level"
	}
	return oneLine(e.Name)
}

// oneLine keeps text that a user chose within its comment.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// quote is text as a literal of JavaScript.
func quote(text string) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(text)
	return strings.TrimSuffix(b.String(), "\n"), err
}
