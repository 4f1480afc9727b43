package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/explain"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

type explainOptions struct {
	*app
	config string
	env    string
	named  bool // --env or CLOUDFLARE_ENV names an environment
	format formatFlag
}

func newExplainCommand(a *app) *cobra.Command {
	o := &explainOptions{app: a}
	cmd := &cobra.Command{
		Use:   "explain [CODE | FILE]",
		Short: "say what an error of wrangler or of Cloudflare's API means, and what to do",
		Long: `Says of a code, or of each error in a log, what it means, what probably caused it, which
line of the configuration that is, and what to run. The log is FILE, or standard input:
wrangler's output, with or without colours, and the log of a CI job:

  wrangler deploy --env production 2>&1 | bindery explain

The configuration is found as wrangler finds it, or at --config; there need not be one.
Nobody is asked anything.`,
		Example: `  bindery explain 10041
  bindery explain deploy.log --env production`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.env = a.environmentName(cmd, o.env)
			o.named = cmd.Flags().Changed("env") || o.env != ""
			return o.run(strings.Join(args, ""))
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.config, "config", "c", "", "the wrangler `file`, or a folder that holds one")
	f.StringVarP(&o.env, "env", "e", "", "the `environment` (or $CLOUDFLARE_ENV; default the one that the log is about)")
	addFormat(cmd, &o.format)
	return cmd
}

// aCode is what an argument looks like that is no file.
var aCode = pattern.New(`^[0-9]{3,6}$`)

func (o *explainOptions) run(arg string) error {
	environments, err := o.environments()
	if err != nil {
		return err
	}
	var explained []explanationOf
	if aCode.MatchString(arg) {
		explained = o.code(arg, environments)
	} else if explained, err = o.log(arg, environments); err != nil {
		return err
	}
	if o.format.json() {
		err = writeJSON(o.out, explainJSON{1, explained})
	} else {
		err = printExplained(o.out.visible(), explained)
	}
	if err != nil {
		return fmt.Errorf("print the explanation: %w", err)
	}
	for _, e := range explained {
		if e.Known {
			return nil
		}
	}
	return errProblems
}

// environments are those that a failure may be about. Without a configuration there are none, unless one was asked for.
func (o *explainOptions) environments() ([]*wrangler.Environment, error) {
	p, err := loadProject(o.config)
	var none *wrangler.NotFoundError
	switch {
	case errors.As(err, &none) && o.config == "" && !o.named:
		return nil, nil
	case err != nil:
		return nil, err
	case o.named:
		env, err := p.config.Environment(o.env)
		return []*wrangler.Environment{env}, err
	}
	return append([]*wrangler.Environment{p.config.Top}, p.config.Envs...), nil
}

// code explains a number that stands alone: all that it may mean.
func (o *explainOptions) code(arg string, environments []*wrangler.Environment) []explanationOf {
	code, _ := strconv.Atoi(arg) // six digits at most
	var env *wrangler.Environment
	if o.named {
		env = environments[0]
	}
	var all []explanationOf
	entries := explain.Code(code)
	for _, e := range entries {
		all = append(all, newExplanation(explain.Failure{Code: code}, e, true, e.Commands("", env)))
	}
	if len(entries) == 0 {
		e, known := explain.Failure{Code: code}.Entry()
		all = append(all, newExplanation(explain.Failure{Code: code}, e, known, e.Commands("", env)))
	}
	return all
}

// log explains each failure of a log: of a file, or of standard input.
func (o *explainOptions) log(path string, environments []*wrangler.Environment) ([]explanationOf, error) {
	var log io.Reader = o.in
	if path != "" && path != "-" {
		file, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, usagef("%s is neither a code nor a file", path).hint("a code is a number, such as 10041; a log is a file, or comes on standard input")
		}
		if err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		defer file.Close()
		log = file
	}
	return explainLog(log, environments)
}

// explainLog explains each failure of a log, with its lines in the environments.
func explainLog(log io.Reader, environments []*wrangler.Environment) ([]explanationOf, error) {
	failures, err := explain.Read(log)
	if err != nil {
		return nil, err
	}
	all := []explanationOf{}
	for _, f := range failures {
		entry, known := f.Entry()
		places := f.Places(environments)
		var env *wrangler.Environment
		binding := ""
		if of := f.Of(environments); len(of) == 1 {
			env = of[0]
		}
		if len(places) > 0 {
			env, binding = places[0].Env, places[0].Binding
		}
		e := newExplanation(f, entry, known, entry.Commands(f.Subject(entry, binding), env))
		for _, p := range places {
			e.Places = append(e.Places, newExplainedPlace(p))
		}
		all = append(all, e)
	}
	return all, nil
}
