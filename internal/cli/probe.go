package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/probe"
	"github.com/bindery-dev/bindery/internal/probemodule"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// probeSecret is the secret that holds the probe's API key, unless another is named: as scripts/test-kv-bindings.sh calls it.
const probeSecret = "X_API_KEY"

type probeOptions struct {
	*app
	path   string
	file   string
	js     bool
	check  bool
	secret string
}

func newProbeCommand(a *app) *cobra.Command {
	o := &probeOptions{app: a}
	cmd := &cobra.Command{
		Use:   "probe [PATH]",
		Short: "write a module by which a Worker proves its own KV bindings",
		Long: `Writes a module, without dependencies, that a Worker mounts in one line. Inside the
Worker it answers GET ` + probe.SelfTestPath + ` and
GET ` + probe.BindingsPath + ` in the JSON of bindery's own server, to whoever shows
the API key that the secret holds.

It is made from the configuration at PATH (the current folder without one) and
bindery.toml, and lies beside the Worker's main file unless --out names another.
Run it again when the configuration changes; --check tells a pipeline that somebody
forgot to.`,
		Example: `  bindery probe examples/trading --js --out -
  bindery probe --check`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = strings.Join(args, "")
			if !secretName.MatchString(o.secret) {
				return usagef("--secret %q is no name of a secret", o.secret).hint("letters, digits and _, as in %s", probeSecret)
			}
			switch {
			case o.file == "-" && o.check:
				return usagef("--check compares a file, and --out - is none")
			case o.file != "" && o.file != "-" && !strings.HasSuffix(o.file, ".ts") && !isJavaScript(o.file):
				return usagef("--out %s is neither TypeScript nor JavaScript", o.file).hint("end it in .ts, .js or .mjs")
			case o.js && strings.HasSuffix(o.file, ".ts"):
				return usagef("--js and --out %s contradict each other", o.file)
			}
			return o.run()
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.file, "out", "o", "", "write to this `file`, - for standard output (default bindery-probe.ts beside the main file)")
	f.BoolVar(&o.js, "js", false, "write JavaScript")
	f.BoolVar(&o.check, "check", false, "write nothing; exit with 1 and a diff if the file is not what would be written")
	f.StringVar(&o.secret, "secret", probeSecret, "the `name` of the secret that holds the API key")
	return cmd
}

var secretName = pattern.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

func isJavaScript(file string) bool {
	return strings.HasSuffix(file, ".js") || strings.HasSuffix(file, ".mjs")
}

func (o *probeOptions) run() error {
	all, err := loadEnvironments(o.path)
	if err != nil {
		return err
	}
	config := all[0].config
	file := o.beside(config)
	locked, _, err := readLock(lock.Path(config.Path))
	if err != nil {
		return err
	}
	m := o.module(all, locked, file)
	text, err := probemodule.Write(m)
	if err != nil {
		return err
	}
	if o.file == "-" {
		_, err := o.out.Write(text)
		return err
	}
	written, err := o.writeGenerated(generated{
		what: "the probe", none: "no probe", file: file, text: text, first: probemodule.FirstLine, command: m.Command,
	}, o.check)
	if err != nil || !written {
		return err
	}
	fmt.Fprintf(o.out, "%s: %s\n", file, plural(len(all), "environment", "environments"))
	if len(m.Environments) > 1 && m.Variable() == "" {
		fmt.Fprintf(o.err, "%s: nothing tells the environments apart at run time, so the probe expects what they share\n%s: give each its name in a variable: vars = { ENVIRONMENT = \"NAME\" }\n",
			o.err.warn("warning"), o.err.faint("hint"))
	}
	return nil
}

// loadEnvironments reads the configuration at path with all environments that a Worker of it may run in. The top level is
// one of them unless it binds nothing and there are others.
func loadEnvironments(path string) ([]*environment, error) {
	file, err := findConfig(path)
	if err != nil {
		return nil, err
	}
	project, err := check.LoadProject([]string{file})
	if err != nil {
		return nil, err
	}
	config := project.Configs[0]
	if len(config.File.Errors) > 0 {
		e := config.File.Errors[0]
		return nil, withHint(errors.New(place(config.File, e.Span)+": "+e.Message), "bindery check %s shows the line", file)
	}
	var all []*environment
	for _, e := range append([]*wrangler.Environment{config.Top}, config.Envs...) {
		if e == config.Top && len(config.Envs) > 0 && len(e.Bindings)+len(e.Vars) == 0 {
			continue
		}
		all = append(all, &environment{Environment: e, config: config, settings: project.SettingsFor(config)})
	}
	return all, nil
}

// beside is the file to write: as --out says, else beside what the Worker begins with.
func (o *probeOptions) beside(config *wrangler.Config) string {
	if o.file != "" {
		return o.file
	}
	name := "bindery-probe.ts"
	if o.js {
		name = "bindery-probe.js"
	}
	return filepath.Join(folder(config), filepath.Dir(filepath.FromSlash(cmp.Or(config.Top.Main.Str(), "."))), name)
}

func folder(config *wrangler.Config) string { return filepath.Dir(config.Path) }

// module says what to prove; with a lock also which namespace each one is to say that it is.
func (o *probeOptions) module(all []*environment, locked *lock.File, file string) probemodule.Module {
	config := all[0].config
	m := probemodule.Module{
		File: filepath.Base(file), Secret: o.secret,
		SelfTestPath: probe.SelfTestPath, BindingsPath: probe.BindingsPath, KeyHeader: probe.KeyHeader,
		KeyPrefix: selftest.KeyPrefix, KeyTTL: selftest.KeyTTL, FingerprintKey: fingerprint.Key,
	}
	if o.file == "-" {
		m.File = "bindery-probe.ts"
		if o.js {
			m.File = "bindery-probe.js"
		}
	}
	m.Command = o.command(config, file)
	for _, e := range all {
		shown := probemodule.Environment{Name: e.Name, Worker: e.WorkerName(), Texts: map[string]string{}}
		if locked != nil {
			shown.Account = e.writtenAccount(locked)
		}
		for _, b := range e.Bindings {
			detail := ""
			if r := b.Resource(); r != nil {
				detail = r.Str()
			}
			made := probemodule.Binding{Name: b.Text(), Kind: b.RuntimeKind(), Critical: e.critical(b.Text()), Detail: detail}
			if b.Type == wrangler.KVNamespace && shown.Account != "" {
				if want := e.expected(b, shown.Account, locked); want != nil {
					made.Fingerprint = want.Digest
				}
			}
			shown.Bindings = append(shown.Bindings, made)
		}
		for _, l := range e.lost() {
			shown.Bindings = append(shown.Bindings, probemodule.Binding{Name: l.name, Critical: true, Detail: "critical in bindery.toml"})
		}
		for _, v := range e.Vars {
			shown.Vars = append(shown.Vars, v.Name)
			if v.Value.Is(syntax.String) {
				shown.Texts[v.Name] = v.Value.Text
			}
		}
		m.Environments = append(m.Environments, shown)
	}
	return m
}

// writtenAccount is the one that files say the environment is deployed to: the configuration, bindery.toml or else the
// lock; "" if none does. The caller's own environment has no say: the same files make the same module.
func (e *environment) writtenAccount(locked *lock.File) string {
	r, err := deploy.ResolveAccount(e.Environment, e.settings, func(string) string { return "" })
	if err == nil {
		return r.Account.ID
	}
	if l := locked.Environment(e.Name); l != nil {
		return l.AccountID
	}
	return ""
}

// command writes the same file again, from the configuration's folder.
func (o *probeOptions) command(config *wrangler.Config, file string) string {
	words := []string{"bindery", "probe"}
	if name := filepath.Base(config.Path); !wrangler.IsFound(name) {
		words = append(words, name)
	}
	if o.js {
		words = append(words, "--js")
	}
	if o.secret != probeSecret {
		words = append(words, "--secret", o.secret)
	}
	if o.file != "" && o.file != "-" {
		out := file
		if inside, err := filepath.Rel(folder(config), file); err == nil {
			out = filepath.ToSlash(inside)
		}
		words = append(words, "--out", out)
	}
	return strings.Join(words, " ")
}
