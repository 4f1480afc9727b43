package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/survey"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

type lockOptions struct {
	*app
	path   string
	envs   []string
	check  bool
	format formatFlag
}

func newLockCommand(a *app) *cobra.Command {
	o := &lockOptions{app: a}
	cmd := &cobra.Command{
		Use:   "lock [PATH]",
		Short: "write down which account each environment belongs to, and which resource each binding is",
		Long: `Asks the accounts of the environments what they hold, and writes bindery.lock beside
the configuration: of each environment the account and the Worker's name, of each
binding the type, id, title and fingerprint. Commit the file. With it, "bindery check"
sees without a token or a network that an id belongs to another environment's account,
and a deploy that disagrees with it stops.

An account is asked once for each kind of resource. Environments that --env does not
name stay as they are in the file, so that each can be locked with a token of its own.
What is not there yet is left out; "bindery apply" makes it.`,
		Example: `  bindery lock --env production
  bindery lock --check`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = strings.Join(args, "")
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&o.envs, "env", "e", nil, "only this `environment`; may be repeated, \"\" is the top level")
	f.BoolVar(&o.check, "check", false, "write nothing, and fail if the file does not say what the accounts say")
	addFormat(cmd, &o.format)
	return cmd
}

// lockReport is what became of it.
type lockReport struct {
	path         string
	environments []lockedEnvironment
	changes      []lock.Change
	written      bool
}

// lockedEnvironment is an environment that was asked about.
type lockedEnvironment struct {
	env     *wrangler.Environment
	account deploy.Account
	by      string
	open    []deploy.Verdict // what could not be agreed to
}

func (o *lockOptions) run(ctx context.Context) error {
	project, err := loadProject(o.path)
	if err != nil {
		return err
	}
	file, before, err := readLock(project.lockPath())
	if err != nil {
		return err
	}
	client, err := o.client(0)
	if err != nil {
		return err
	}
	defer client.Close()
	progress := startProgress(o.err)
	defer progress.stop()
	progress.say("asking who the token is")
	asked, err := survey.Open(ctx, client)
	if err != nil {
		return err
	}

	r := &lockReport{path: project.lockPath()}
	agreed := file.Environments
	environments, err := o.environments(project)
	if err != nil {
		return err
	}
	for _, env := range environments {
		progress.say("asking the account of %s", env.Label())
		one, entry, err := o.agree(ctx, project.of(env), file, asked, client)
		if err != nil {
			return err
		}
		r.environments = append(r.environments, one)
		agreed = (&lock.File{Environments: agreed}).With(entry)
	}
	if o.envs == nil { // environments that are gone from the configuration are gone from the file
		agreed = slices.DeleteFunc(agreed, func(e *lock.Environment) bool {
			return !slices.ContainsFunc(environments, func(env *wrangler.Environment) bool { return env.Name == e.Name })
		})
	}
	r.changes = lock.Compare(file.Environments, agreed)
	after := file.Write(agreed)
	progress.stop()
	if !o.check && string(after) != string(before) {
		if err := writeLock(r.path, before, after); err != nil {
			return err
		}
		r.written = true
	}
	if o.format.json() {
		err = writeJSON(o.out, r.json())
	} else {
		err = r.print(o.out, o.check)
	}
	switch {
	case err != nil:
		return fmt.Errorf("print the report: %w", err)
	case o.check && len(r.changes) > 0, r.unagreed() > 0:
		return errProblems
	}
	return nil
}

// environments are those to be asked about: all that the configuration deploys, or those of --env.
func (o *lockOptions) environments(p *project) ([]*wrangler.Environment, error) {
	if o.envs == nil {
		return p.deployable(), nil
	}
	var all []*wrangler.Environment
	for _, name := range o.envs {
		env, err := p.config.Environment(name)
		if err != nil {
			return nil, err
		}
		all = append(all, env)
	}
	return all, nil
}

// agree asks an environment's account.
func (o *lockOptions) agree(ctx context.Context, env *environment, file *lock.File, asked *survey.Survey, client fingerprints) (lockedEnvironment, *lock.Environment, error) {
	one := lockedEnvironment{env: env.Environment}
	r, err := o.accountOf(env, file, asked)
	if err != nil {
		return one, nil, err
	}
	account, verdicts, err := judged(ctx, asked, r.Account, env.Environment)
	if err != nil {
		return one, nil, err
	}
	entry, open := deploy.Agree(env.Environment, account, verdicts)
	for i := range entry.Bindings {
		b := &entry.Bindings[i]
		if b.Type != string(wrangler.KVNamespace) {
			continue
		}
		if b.Fingerprint, err = readFingerprint(ctx, client, account.ID, b.ID); err != nil {
			return one, nil, fmt.Errorf("binding %s: %w", b.Name, err)
		}
	}
	one.account, one.by, one.open = account, r.String(), open
	return one, entry, nil
}

func (r *lockReport) unagreed() (n int) {
	for _, e := range r.environments {
		for _, v := range e.open {
			if v.State != deploy.Create {
				n++
			}
		}
	}
	return n
}

// readLock reads the lock at path; a file that is not there is an empty one. One with a mistake is an error: what it
// says cannot be told from what it fails to say.
func readLock(path string) (*lock.File, []byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &lock.File{}, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the lock: %w", err)
	}
	file, problems := lock.Parse(path, text)
	if len(problems) > 0 {
		p := problems[0]
		return nil, nil, withHint(errors.New(place(file.Source, p.Span)+": "+p.Message), "%s", p.Help)
	}
	return file, text, nil
}

// writeLock puts a lock in the place of the one that was read, whole or not at all.
func writeLock(path string, before, after []byte) error {
	if before != nil {
		return check.Change{Path: path, Before: before, After: after}.Write()
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".bindery-lock-")
	if err != nil {
		return fmt.Errorf("write the lock: %w", err)
	}
	defer os.Remove(temporary.Name()) // there only if something fails below
	_, err = temporary.Write(after)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Link(temporary.Name(), path) // fails if somebody else has made it meanwhile
	}
	if err != nil {
		return fmt.Errorf("write the lock: %w", err)
	}
	return nil
}
