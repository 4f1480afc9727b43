package cli

import (
	"context"
	"fmt"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/envtypes"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// The languages of bindery types.
const (
	langTypeScript = "ts"
	langGo         = "go"
)

type typesOptions struct {
	*app
	path    string
	env     string
	envSaid bool
	lang    string
	file    string
	pkg     string
	check   bool
}

func newTypesCommand(a *app) *cobra.Command {
	o := &typesOptions{app: a}
	cmd := &cobra.Command{
		Use:   "types [PATH]",
		Short: "write down for a compiler what a configuration binds",
		Long: `Writes what a Worker finds in env, as a file of TypeScript: an interface for each
environment, their union Cloudflare.AnyEnv, and Env, in which what only some
environments bind is optional. With --lang go the same names become constants, for
a service that opens the environments with Bindery's Go package.

It is made from the configuration at PATH (the current folder without one), for all
environments or the one of --env, and lies beside it unless --out names another file.
No id is in it. Types of env that stand in the sources a second time are reported.
--check tells a pipeline that the file is stale.`,
		Example: `  bindery types examples/trading --out -
  bindery types --check`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path, o.envSaid = strings.Join(args, ""), cmd.Flags().Changed("env")
			if err := o.settle(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.env, "env", "e", "", "this `environment` only; \"\" is the top level (default all)")
	f.StringVar(&o.lang, "lang", "", "the `language`: ts or go (default that of --out, else ts)")
	f.StringVarP(&o.file, "out", "o", "", "write to this `file`, - for standard output (default bindery-env.d.ts, or bindery_env.go, beside the configuration)")
	f.StringVar(&o.pkg, "package", "", "the `name` of the Go package (default that of the file's folder)")
	f.BoolVar(&o.check, "check", false, "write nothing; exit with 1 and a diff if the file is not what would be written")
	return cmd
}

// settle makes up its mind about the language, and refuses what contradicts itself.
func (o *typesOptions) settle() error {
	named := ""
	switch filepath.Ext(o.file) {
	case ".ts":
		named = langTypeScript
	case ".go":
		named = langGo
	}
	switch {
	case o.file == "-" && o.check:
		return usagef("--check compares a file, and --out - is none")
	case o.file != "" && o.file != "-" && named == "":
		return usagef("--out %s is neither TypeScript nor Go", o.file).hint("end it in .d.ts or .go")
	case o.lang != "" && named != "" && o.lang != named:
		return usagef("--lang %s and --out %s contradict each other", o.lang, o.file)
	case o.lang == "" && named != "":
		o.lang = named
	case o.lang == "":
		o.lang = langTypeScript
	}
	if err := oneOf(o.lang, langTypeScript, langGo); err != nil {
		return usagef("--lang %s: %s", o.lang, err).hint("%s", hintOf(err))
	}
	switch {
	case o.pkg != "" && o.lang != langGo:
		return usagef("--package is for --lang go")
	case o.pkg != "" && !token.IsIdentifier(o.pkg):
		return usagef("--package %q is no name of a package", o.pkg)
	}
	return nil
}

func (o *typesOptions) run(ctx context.Context) error {
	environments, err := o.environments()
	if err != nil {
		return err
	}
	config := environments[0].Config
	g := generated{
		what: "the types", none: "no file that bindery types has made", file: o.beside(config),
		first: envtypes.FirstLine, command: o.command(config),
	}
	out := g.file
	if o.file == "-" {
		out = filepath.Join(folder(config), o.defaultName())
	}
	d := envtypes.Describe(environments, g.command, out)
	if o.lang == langTypeScript {
		g.text = envtypes.TypeScript(d)
	} else {
		g.first = envtypes.GoFirstLine
		if g.text, err = envtypes.Go(d, o.packageName(out)); err != nil {
			return err
		}
	}
	if o.file == "-" {
		_, err := o.out.Write(g.text)
		return err
	}
	written, err := o.writeGenerated(g, o.check)
	if written && err == nil {
		fmt.Fprintf(o.out, "%s: %s\n", g.file, plural(len(environments), "environment", "environments"))
	}
	if o.lang == langTypeScript && (err == nil || o.check) {
		if err := o.warnOfOthers(ctx, folder(config), d, g.file); err != nil {
			return err
		}
	}
	return err
}

// environments are those to describe: all, or that of --env. One that wrangler refuses has no meaning to write down.
func (o *typesOptions) environments() ([]*wrangler.Environment, error) {
	all, err := loadEnvironments(o.path)
	if err != nil {
		return nil, err
	}
	var environments []*wrangler.Environment
	for _, e := range all {
		environments = append(environments, e.Environment)
	}
	if o.envSaid {
		e, err := all[0].config.Environment(o.env)
		if err != nil {
			return nil, err
		}
		environments = []*wrangler.Environment{e}
	}
	for _, e := range environments {
		if e.Refused() {
			return nil, withHint(fmt.Errorf("wrangler refuses %s of %s", e.Label(), e.Config.Path), "bindery check %s shows the line", e.Config.Path)
		}
	}
	return environments, nil
}

func (o *typesOptions) defaultName() string {
	if o.lang == langGo {
		return "bindery_env.go"
	}
	return "bindery-env.d.ts"
}

// beside is the file to write: as --out says, else beside the configuration.
func (o *typesOptions) beside(config *wrangler.Config) string {
	if o.file != "" {
		return o.file
	}
	return filepath.Join(folder(config), o.defaultName())
}

// packageName is --package, else the name of the folder that the file lies in, as far as that can be one.
func (o *typesOptions) packageName(file string) string {
	if o.pkg != "" {
		return o.pkg
	}
	if dir, err := filepath.Abs(filepath.Dir(file)); err == nil {
		name := strings.ToLower(strings.NewReplacer("-", "", ".", "", "_", "", " ", "").Replace(filepath.Base(dir)))
		if token.IsIdentifier(name) {
			return name
		}
	}
	return "bindings"
}

// command writes the same file again, from the configuration's folder.
func (o *typesOptions) command(config *wrangler.Config) string {
	words := []string{"bindery", "types"}
	if name := filepath.Base(config.Path); !wrangler.IsFound(name) {
		words = append(words, name)
	}
	if o.envSaid {
		words = append(words, fmt.Sprintf("--env %q", o.env))
	}
	if o.lang == langGo {
		words = append(words, "--lang go")
	}
	if o.pkg != "" {
		words = append(words, "--package "+o.pkg)
	}
	if o.file != "" && o.file != "-" {
		out := o.file
		if inside, err := filepath.Rel(folder(config), o.file); err == nil {
			out = filepath.ToSlash(inside)
		}
		words = append(words, "--out "+out)
	}
	return strings.Join(words, " ")
}

// warnOfOthers reports the types of env that stand in the sources a second time: which of the two code is held to is chance.
func (o *typesOptions) warnOfOthers(ctx context.Context, root string, d envtypes.Description, file string) error {
	others, err := envtypes.Elsewhere(ctx, root, d, file)
	if err != nil {
		return fmt.Errorf("look for other types of env: %w", err)
	}
	for _, other := range others {
		differs := ""
		if len(other.Lacks) > 0 {
			differs += ", without " + strings.Join(other.Lacks, ", ")
		}
		if len(other.Extra) > 0 {
			differs += ", and with " + strings.Join(other.Extra, ", ") + ", which nothing binds"
		}
		hint := "delete it: the one in " + file + " is known everywhere; " +
			"what is put by hand, such as a secret, can be added to it: interface Env { NAME: string }"
		if other.Wrangler {
			hint = "wrangler types --include-env=false leaves it out"
		}
		fmt.Fprintf(o.err, "%s: %s: %s is defined here too%s\n%s: %s\n",
			o.err.warn("warning"), place(other.File, other.Span), other.Name, differs, o.err.faint("hint"), hint)
	}
	return nil
}
