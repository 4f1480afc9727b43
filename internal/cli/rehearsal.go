package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// rehearsal is what became of rehearsing one environment. Where the configuration
// does not parse there is nothing but the findings.
type rehearsal struct {
	config   *wrangler.Config
	findings []check.Diagnostic

	env       *environment
	account   deploy.Account
	by        string           // who says that it is this account
	inventory string           // path of the file that says what accounts hold; "" if there is none
	accounts  []deploy.Account // all that are known, and what they hold
	verdicts  []deploy.Verdict
	unbound   []unbound                    // critical in bindery.toml, bound nowhere in the environment
	created   []created                    // on our server, in place of the account
	leads     map[*wrangler.Binding]string // the namespace of a binding without an id
	proof     []selftest.Result

	refusals    refusals    // of uploads, by the rehearsal's server
	deployed    *deployment // nil: nothing was run that deploys
	notDeployed error       // why
	ran         *running    // nil: no Worker ran
	notRun      error       // why, if one was deployed
	times       times
}

// created is a namespace that the deploy would create, with the id that our server gave it.
type created struct {
	binding   *wrangler.Binding
	title, id string
}

// unbound is a binding that is missing altogether.
type unbound struct {
	name  string
	meant *deploy.Resource // the namespace that it probably should lead to; nil if none stands out
}

// standIn is the account of an environment that nobody names one for.
var standIn = deploy.Account{ID: "00000000000000000000000000000000", Name: "stand-in"}

// rehearse does the whole of it. The error is that it could not; what it found is in the rehearsal.
func (o *rehearseOptions) rehearse(ctx context.Context, progress *progress) (*rehearsal, error) {
	start := o.now()
	path, err := findConfig(o.path)
	if err != nil {
		return nil, err
	}
	progress.say("checking %s", path)
	project, err := check.LoadProject(siblings(path))
	if err != nil {
		return nil, err
	}
	config, err := deployed(project, o.path)
	if err != nil {
		return nil, err
	}
	r := &rehearsal{config: config, leads: map[*wrangler.Binding]string{}}
	env, err := config.Environment(o.env)
	if err != nil && len(config.File.Errors) == 0 {
		return nil, err
	}
	name := o.env
	if env != nil {
		name = env.Name // what a build made is one environment, asked for or not
	}
	r.findings = check.Run(project, check.Options{Rules: rules.All(), Env: &name})
	if len(config.File.Errors) > 0 {
		r.times.total = o.now().Sub(start)
		return r, nil
	}
	r.env = &environment{Environment: env, config: config, settings: project.SettingsFor(config)}

	inventory, err := r.findAccounts(o)
	if err != nil {
		return nil, err
	}
	r.verdicts = deploy.Judge(env, r.account, inventory)
	for _, l := range r.env.lost() {
		u := unbound{name: l.name}
		if l.kv {
			u.meant = r.meant(l.name)
		}
		r.unbound = append(r.unbound, u)
	}

	if err := r.stage(ctx, o, progress); err != nil {
		return nil, err
	}
	r.times.total = o.now().Sub(start)
	return r, nil
}

// siblings lists the configuration first, then the other ones of its folder: two
// files of one Worker are judged together.
func siblings(path string) []string {
	files := []string{path}
	dir := filepath.Dir(path)
	entries, _ := os.ReadDir(dir) // the configuration itself was found in it
	for _, entry := range entries {
		file := filepath.Join(dir, entry.Name())
		info, err := os.Stat(file)
		if siblingName.MatchString(entry.Name()) && isConfig(file) && err == nil && info.Mode().IsRegular() {
			files = append(files, file)
		}
	}
	return files
}

var siblingName = pattern.New(`^wrangler[.-]`)

// findAccounts finds out which account the environment belongs to, and what is known of it and the others.
func (r *rehearsal) findAccounts(o *rehearseOptions) (*deploy.Inventory, error) {
	chosen, err := deploy.ResolveAccount(r.env.Environment, r.env.settings, o.getenv)
	var unnamed *deploy.NoAccountError
	if err != nil && !errors.As(err, &unnamed) {
		return nil, err
	}
	sources := deploy.Sources{Flags: o.accounts, Settings: r.env.settings, Config: r.config, Chosen: &chosen}
	if unnamed != nil {
		chosen, sources.Chosen = deploy.Resolution{Account: standIn, By: "nobody"}, nil
	}
	named := "--inventory"
	if r.inventory = o.inventory; r.inventory == "" {
		r.inventory, named = r.env.settings.Inventory, settings.Name
	}
	if r.inventory != "" {
		if sources.Inventory, err = readInventory(r.inventory, named, chosen.Account); err != nil {
			return nil, err
		}
	}
	var problems []deploy.Problem
	if r.accounts, problems = deploy.MergeAccounts(sources); len(problems) > 0 {
		return nil, problemsError(problems)
	}
	r.account, r.by = chosen.Account, chosen.String()
	if unnamed != nil && len(r.accounts) == 1 && r.accounts[0].ID != standIn.ID {
		r.account, r.by = r.accounts[0], "the only one that is known"
	}
	i := slices.IndexFunc(r.accounts, func(a deploy.Account) bool { return a.ID == r.account.ID })
	if i < 0 {
		i = len(r.accounts)
		r.accounts = append(r.accounts, r.account)
	}
	r.accounts[i].Name = cmp.Or(r.accounts[i].Name, r.account.Name)
	r.account = r.accounts[i]
	return &deploy.Inventory{Accounts: r.accounts}, nil
}

// readInventory reads an inventory file, or what `wrangler kv namespace list` printed for account.
func readInventory(path, named string, account deploy.Account) (*deploy.Inventory, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("read the inventory: %s", err).hint("%s names it: correct that, or write the file", named)
	}
	if strings.HasPrefix(strings.TrimSpace(string(src)), "[") {
		src = fmt.Appendf(nil, `{"accounts": [{"id": %q, "kv_namespaces": %s}]}`, account.ID, src)
	}
	inventory, problems := deploy.ParseInventory(path, src)
	if len(problems) > 0 {
		return nil, problemsError(problems)
	}
	return inventory, nil
}

// problemsError lists all of them, with the advice of the first.
func problemsError(problems []deploy.Problem) error {
	lines := make([]string, len(problems))
	for i := range problems {
		lines[i] = problems[i].Error()
	}
	err := errors.New(strings.Join(lines, "\n         "))
	if problems[0].Help != "" {
		return withHint(err, "%s", problems[0].Help)
	}
	return err
}

// meant guesses which namespace of the account a missing binding should lead to: it
// asks what the account would say if the binding were there, with an id that is none.
func (r *rehearsal) meant(name string) *deploy.Resource {
	text := func(s string) *syntax.Node { return &syntax.Node{Kind: syntax.String, Text: s} }
	missing := &wrangler.Binding{
		Type: wrangler.KVNamespace, Section: "kv_namespaces", Name: text(name),
		Node: &syntax.Node{Kind: syntax.Table, Fields: []*syntax.Field{{Name: "id", Value: text("")}}},
	}
	env := *r.env.Environment
	env.Bindings = append(slices.Clone(env.Bindings), missing)
	verdicts := deploy.Judge(&env, r.account, nil)
	return verdicts[len(verdicts)-1].Meant
}

// verdict is that of a KV binding.
func (r *rehearsal) verdict(b *wrangler.Binding) deploy.Verdict {
	i := slices.IndexFunc(r.verdicts, func(v deploy.Verdict) bool { return v.Binding == b })
	return r.verdicts[i]
}

// refused are the verdicts because of which the upload would be refused.
func (r *rehearsal) refused() []deploy.Verdict {
	return filter(r.verdicts, deploy.Verdict.Refused)
}

// assumedNamespaces are the verdicts on KV bindings of which nothing is known.
func (r *rehearsal) assumedNamespaces() []deploy.Verdict {
	return filter(r.verdicts, func(v deploy.Verdict) bool {
		return v.State == deploy.Assumed && v.Binding.Type == wrangler.KVNamespace
	})
}

// blocking are the findings that fail the rehearsal: the errors about this environment.
func (r *rehearsal) blocking() []check.Diagnostic {
	ofEnvironments := map[string]bool{}
	for _, rule := range rules.All() {
		ofEnvironments[rule.ID] = rule.Environment != nil
	}
	return filter(r.findings, func(d check.Diagnostic) bool {
		return d.Severity == check.Error && (r.env == nil || r.isOwn(d, ofEnvironments[d.Rule]))
	})
}

// isOwn says whether a finding is about the environment that is rehearsed. One of the
// top level is not, as bindings are not inherited from there; of one id in two
// accounts only the inventory knows which of the two is wrong.
func (r *rehearsal) isOwn(d check.Diagnostic, ruleOfEnvironments bool) bool {
	name := r.env.Name
	if r.env.Node == nil { // declared nowhere: wrangler takes the top level
		name = ""
	}
	switch {
	case filepath.Base(d.File.Path) == settings.Name:
		return true // what it was to guard goes unguarded
	case d.File != r.config.File:
		return false // wrangler does not read that file
	case d.Rule == check.Config:
		return r.isRefusal(d)
	case r.isThere(d.Span):
		return false // whatever else binds it
	case d.Env == name:
		return true
	case d.Env == "":
		return !ruleOfEnvironments
	}
	return !r.account.Known
}

// isRefusal says whether wrangler refuses to read this environment because of a finding of
// its own. A name that is bound twice at the top level is no obstacle to an environment.
func (r *rehearsal) isRefusal(d check.Diagnostic) bool {
	return slices.ContainsFunc(slices.Concat(r.config.Problems, r.env.Problems), func(p wrangler.Problem) bool {
		return p.Error && p.Span == d.Span && p.Message == d.Message
	})
}

// isThere says that the account holds what stands at this place.
func (r *rehearsal) isThere(at syntax.Span) bool {
	return slices.ContainsFunc(r.verdicts, func(v deploy.Verdict) bool { return v.State == deploy.Exists && v.Span == at })
}

// unproven are the KV bindings that failed a critical stage and are critical themselves.
func (r *rehearsal) unproven() []selftest.Result {
	return filter(r.proof, func(p selftest.Result) bool { return !p.Critical() && !p.Optional })
}

func (r *rehearsal) passed() bool {
	return len(r.blocking()) == 0 && len(r.refused()) == 0 && len(r.unbound) == 0 && len(r.unproven()) == 0 &&
		(r.deployed == nil || r.deployed.ok()) && (r.ran == nil || r.ran.ok())
}

// filter returns the elements that are wanted.
func filter[E any](all []E, wanted func(E) bool) []E {
	return slices.DeleteFunc(slices.Clone(all), func(e E) bool { return !wanted(e) })
}
