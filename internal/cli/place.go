package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/survey"
	"github.com/bindery-dev/bindery/internal/transfer"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// placeForms are the ways to name a place, for hints.
const placeForms = "a place is ENVIRONMENT:BINDING (:BINDING at the top level), ACCOUNT/TITLE, ACCOUNT/ID, the id of a namespace," +
	" a file (.ndjson, .json, with .gz or .zst), a folder/, or - for a stream"

// location is what a PLACE of the command line stands for: a namespace, or a file, folder or stream.
type location struct {
	text string // as it was given

	format transfer.Format // of a file, a folder or a stream; "" for a namespace
	path   string          // "-" is a stream

	account deploy.Account
	by      string // who says that it is this account; "" where the place itself does
	id      string
	title   string // as far as it is known without asking
	binding string // "" where the place names a namespace
	env     *wrangler.Environment
}

func (l *location) isNamespace() bool { return l.format == "" }
func (l *location) isStream() bool    { return l.path == "-" }

// String names the place for people.
func (l *location) String() string {
	switch {
	case !l.isNamespace():
		return l.path
	case l.binding != "":
		return fmt.Sprintf("%s (%s in %s)", l.text, l.namespace(), l.account.Label())
	}
	return fmt.Sprintf("%s in %s", l.namespace(), l.account.Label())
}

func (l *location) namespace() string {
	if l.title != "" {
		return fmt.Sprintf("%q", l.title)
	}
	return "namespace " + l.id
}

// locator finds out what places stand for. It asks only for what a place needs: which accounts the token sees, once,
// and which namespaces an account has, once an account.
type locator struct {
	*app
	config string // of --config
	made   *cloudflare.Client
	asked  *survey.Survey
	shows  *progress // where waits are shown; nil before anything is

	looked  bool // for the project
	project *project
	locked  *lock.File
	failed  error // why there is no project
}

func (l *locator) close() {
	if l.made != nil {
		l.made.Close()
	}
}

// patience is how long a call of what moves data waits for the API's limit: three of Cloudflare's windows.
const patience = 15 * time.Minute

// connect is the client that places are reached with. It outlasts the API's limit, and says so.
func (l *locator) connect() (*cloudflare.Client, error) {
	if l.made == nil {
		o, err := l.apiOptions()
		if err != nil {
			return nil, err
		}
		o.Patience = patience
		o.Waiting = func(w cloudflare.Wait) {
			if l.shows != nil {
				l.shows.wait(w)
			}
		}
		l.made = cloudflare.New(o)
	}
	return l.made, nil
}

// calls is how often the API was asked.
func (l *locator) calls() int64 {
	if l == nil || l.made == nil {
		return 0
	}
	return l.made.Calls()
}

// store opens the namespace of a location.
func (l *locator) store(at *location) (transfer.Store, error) {
	client, err := l.connect()
	if err != nil {
		return nil, err
	}
	store, ok := client.Namespace(at.account.ID, at.id).(transfer.Store)
	if !ok {
		return nil, errors.New("the client has no bulk calls") // it has: cloudflare's tests hold it to them
	}
	return store, nil
}

// survey asks which accounts the token sees.
func (l *locator) survey(ctx context.Context) (*survey.Survey, error) {
	if l.asked == nil {
		client, err := l.connect()
		if err != nil {
			return nil, err
		}
		if l.asked, err = survey.Open(ctx, client); err != nil {
			return nil, err
		}
	}
	return l.asked, nil
}

// load reads the configuration, bindery.toml and bindery.lock, if there are any.
func (l *locator) load() (*project, error) {
	if l.looked {
		return l.project, l.failed
	}
	l.looked, l.locked = true, &lock.File{}
	l.project, l.failed = loadProject(l.config)
	var none *wrangler.NotFoundError
	if errors.As(l.failed, &none) && l.config == "" {
		l.project, l.failed = nil, nil
		return nil, nil
	}
	if l.failed == nil {
		var locked *lock.File
		if locked, _, l.failed = readLock(l.project.lockPath()); l.failed == nil {
			l.locked = locked
		}
	}
	return l.project, l.failed
}

// reading is one way to understand a place.
type reading struct {
	what    string // "the file x"
	instead string // how else to write it, so that nothing else can be meant
	resolve func(ctx context.Context) (*location, error)
}

// find says what text stands for. as is the form of a file whose name does not say it, or "".
func (l *locator) find(ctx context.Context, text string, as transfer.Format) (*location, error) {
	if text == "" {
		return nil, usagef("a place is missing").hint("%s", placeForms)
	}
	if text == "-" {
		if as == "" {
			as = transfer.NDJSON
		}
		return &location{text: text, path: text, format: as}, nil
	}
	readings, err := l.readings(text, as)
	if err != nil {
		return nil, err
	}
	switch len(readings) {
	case 1:
		return readings[0].resolve(ctx)
	case 0:
		return nil, usagef("%q is no place", text).hint("%s", placeForms)
	}
	return nil, usagef("%q may be %s, or %s", text, readings[0].what, readings[1].what).
		hint("write %s for the one, or %s for the other", readings[0].instead, readings[1].instead)
}

// readings are all ways to understand text. Nobody is asked: an account that only the token knows is a reading if
// there is no other.
func (l *locator) readings(text string, as transfer.Format) ([]reading, error) {
	path := l.fileReading(text, as)
	if isPath(text) {
		return []reading{path}, nil
	}
	var all []reading
	if _, err := os.Stat(text); err == nil || transfer.FormatOf(text) != "" {
		all = append(all, path)
	}
	p, err := l.load()
	if err != nil && len(all) == 0 {
		return nil, err
	}
	account, title, isAccount := strings.Cut(text, "/")
	env, binding, isBinding := strings.Cut(text, ":")
	switch {
	case isAccount && title != "" && (len(all) == 0 || l.namesAccount(account)):
		all = append(all, reading{
			what:    fmt.Sprintf("the namespace %q of account %q", title, account),
			instead: account + "/ID with the namespace's id",
			resolve: func(ctx context.Context) (*location, error) { return l.titled(ctx, text, account, title) },
		})
	case isAccount:
	case isBinding && binding != "" && (len(all) == 0 || p != nil && declares(p, env)):
		all = append(all, reading{
			what:    fmt.Sprintf("the binding %s of %s", binding, environmentLabel(env)),
			instead: "the namespace's id",
			resolve: func(ctx context.Context) (*location, error) { return l.bound(ctx, text, env, binding) },
		})
	case platform.ValidID(text):
		all = append(all, reading{
			what:    "the namespace with this id",
			instead: "ACCOUNT/" + text,
			resolve: func(ctx context.Context) (*location, error) { return l.identified(ctx, text) },
		})
	}
	return all, nil
}

// isPath says whether text can only be a path.
func isPath(text string) bool {
	return filepath.IsAbs(text) || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasSuffix(text, "/")
}

func (l *locator) fileReading(text string, as transfer.Format) reading {
	return reading{
		what:    "the file " + text,
		instead: "./" + text,
		resolve: func(context.Context) (*location, error) {
			format := as
			if format == "" {
				format = transfer.FormatOf(text)
			}
			if info, err := os.Stat(text); err == nil && info.IsDir() {
				format = transfer.Folder
			}
			if format == "" {
				return nil, usagef("the name of %s does not say what it is", text).
					hint("--as says it: ndjson, json (as `wrangler kv bulk put` takes it) or folder")
			}
			return &location{text: text, path: filepath.Clean(text), format: format}, nil
		},
	}
}

// namesAccount says whether a word is an account without asking anybody.
func (l *locator) namesAccount(word string) bool {
	return platform.ValidID(word) || l.project != nil && settingsAccount(l.project.settings, word) != ""
}

// settingsAccount is the id of the account that bindery.toml gives a name; "" if it does not.
func settingsAccount(s *settings.Settings, name string) string {
	if s != nil {
		for _, a := range s.Accounts {
			if a.Name == name {
				return a.ID
			}
		}
	}
	return ""
}

// declares says whether the configuration has the environment.
func declares(p *project, name string) bool {
	for _, env := range append([]*wrangler.Environment{p.config.Top}, p.config.Envs...) {
		if env.Name == name {
			return true
		}
	}
	return false
}

func environmentLabel(name string) string {
	if name == "" {
		return "the top level"
	}
	return fmt.Sprintf("environment %q", name)
}

// bound is the namespace of an environment's binding.
func (l *locator) bound(ctx context.Context, text, name, binding string) (*location, error) {
	p, err := l.load()
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, usagef("%q is a binding of a configuration, and there is none here", text).
			hint("--config names a wrangler file; or name the namespace as ACCOUNT/TITLE or by its id")
	}
	env, err := p.config.Environment(name)
	if err != nil {
		return nil, err
	}
	var b *wrangler.Binding
	var names []string
	for _, one := range env.Of(wrangler.KVNamespace) {
		names = append(names, one.Text())
		if one.Text() == binding {
			b = one
		}
	}
	if b == nil {
		e := usagef("%s of %s binds no KV namespace as %q", env.Label(), p.config.Path, binding)
		if len(names) == 0 {
			return nil, e.hint("it binds none; KV bindings are not inherited by environments")
		}
		return nil, e.hint("it binds: %s", strings.Join(names, ", "))
	}
	agreed := l.locked.Environment(env.Name).Binding(binding)
	at := &location{text: text, binding: binding, env: env}
	if b.Resource() == nil && agreed != nil {
		at.id = agreed.ID
	} else if at.id, err = namespaceID(b); err != nil {
		return nil, err
	}
	if agreed != nil && agreed.ID == at.id {
		at.title = agreed.Title
	}
	resolved, err := l.accountOf(p.of(env), l.locked, l.asked)
	var unnamed *deploy.NoAccountError
	if errors.As(err, &unnamed) && l.asked == nil {
		asked, failed := l.survey(ctx)
		if failed != nil {
			return nil, failed
		}
		resolved, err = l.accountOf(p.of(env), l.locked, asked)
	}
	at.account, at.by = resolved.Account, resolved.String()
	return at, err
}

// titled is a namespace of an account, which is given by name or id, by its title or id.
func (l *locator) titled(ctx context.Context, text, account, title string) (*location, error) {
	at := &location{text: text}
	var err error
	if at.account, err = l.account(ctx, account); err != nil {
		return nil, err
	}
	if platform.ValidID(title) {
		at.id = title
		return at, nil
	}
	held, err := l.namespaces(ctx, at.account.ID)
	if err != nil {
		return nil, err
	}
	var titles []string
	for _, n := range held {
		if n.Name == title {
			at.id, at.title = n.ID, n.Name
			return at, nil
		}
		titles = append(titles, n.Name)
	}
	return nil, withHint(fmt.Errorf("%s has no namespace %q: %w", at.account.Label(), title, kv.ErrNamespaceNotFound), "%s", among(titles))
}

// among is a hint that shows what there is.
func among(titles []string) string {
	const shown = 10
	switch {
	case len(titles) == 0:
		return "it has none; `bindery apply` makes those that an environment binds"
	case len(titles) > shown:
		return fmt.Sprintf("it has %s and %d more", strings.Join(titles[:shown], ", "), len(titles)-shown)
	}
	return "it has: " + strings.Join(titles, ", ")
}

// account is the one with a name or an id.
func (l *locator) account(ctx context.Context, word string) (deploy.Account, error) {
	var named *settings.Settings
	if l.project != nil {
		named = l.project.settings
	}
	if id := settingsAccount(named, word); id != "" {
		return deploy.Account{ID: id, Name: word}, nil
	}
	if platform.ValidID(word) {
		account := deploy.Account{ID: word}
		if named != nil {
			account.Name = named.AccountName(word)
		}
		return account, nil
	}
	asked, err := l.survey(ctx)
	if err != nil {
		return deploy.Account{}, err
	}
	var found []deploy.Account
	var names []string
	for _, a := range asked.Seen() {
		names = append(names, nameAndID(a))
		if a.Name == word {
			found = append(found, a)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return deploy.Account{}, usagef("the token sees %d accounts with the name %q", len(found), word).
			hint("name the one that is meant by its id: %s, %s", found[0].ID, found[1].ID)
	case len(names) == 0:
		return deploy.Account{}, usagef("the token does not show which account %q is", word).hint("name it by its id")
	}
	return deploy.Account{}, usagef("the token sees no account %q", word).hint("it sees: %s", strings.Join(names, ", "))
}

// namespaces are those of an account.
func (l *locator) namespaces(ctx context.Context, account string) ([]deploy.Resource, error) {
	asked, err := l.survey(ctx)
	if err != nil {
		return nil, err
	}
	held, err := asked.Account(ctx, account, wrangler.KVNamespace)
	if err != nil {
		return nil, err
	}
	return held.KVNamespaces, held.Denied[wrangler.KVNamespace]
}

// identified is the namespace with an id, in the account that the configuration, the lock or CLOUDFLARE_ACCOUNT_ID
// names, or that has it among those that the token sees.
func (l *locator) identified(ctx context.Context, id string) (*location, error) {
	at := &location{text: id, id: id}
	if account := l.getenv(deploy.AccountVariable); account != "" {
		at.account, at.by = deploy.Account{ID: account}, deploy.AccountVariable
		return at, nil
	}
	for _, env := range l.locked.Environments {
		for _, b := range env.Bindings {
			if b.ID == id {
				at.account, at.by, at.title = deploy.Account{ID: env.AccountID, Name: env.Account}, "the lock", b.Title
				return at, nil
			}
		}
	}
	asked, err := l.survey(ctx)
	if err != nil {
		return nil, err
	}
	seen := asked.Seen()
	if len(seen) == 1 {
		at.account, at.by = seen[0], "the only one that the token sees"
		return at, nil
	}
	for _, account := range seen {
		held, err := l.namespaces(ctx, account.ID)
		if err != nil && !errors.Is(err, kv.ErrPermission) {
			return nil, err
		}
		for _, n := range held {
			if n.ID == id {
				at.account, at.by, at.title = account, "it has the namespace", n.Name
				return at, nil
			}
		}
	}
	return nil, withHint(fmt.Errorf("none of the %s that the token sees has namespace %s: %w", plural(len(seen), "account", "accounts"), id, kv.ErrNamespaceNotFound),
		"name its account: ACCOUNT/%s, or set %s", id, deploy.AccountVariable)
}
