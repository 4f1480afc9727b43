package workers

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of an upload. Source: Cloudflare's published limits of Workers (paid plan).
const (
	MaxScriptBytes   = 64 << 20 // of all modules but source maps, as they are
	MaxScriptGzipped = 10 << 20 // of the same
	MaxNameLength    = 255
)

// Upload is what a client sends to make a version.
type Upload struct {
	Modules  []SentModule // the first is where the Worker begins
	Classic  bool         // service-worker format
	Bindings []Binding

	// Keep names types of bindings which the latest version passes on, where the upload
	// has none of the name. Secrets are passed on always, as wrangler's help promises.
	Keep []string
	// Strict refuses a binding of type inherit that finds nothing to inherit.
	Strict bool

	Migrations *Migrations
	// Assets are the static files: those of the session that AssetsKey opens, with the
	// configuration AssetsConfig; with KeepAssets and no key, those of the version before.
	AssetsKey    string
	AssetsConfig json.RawMessage
	KeepAssets   bool

	CompatibilityDate  string
	CompatibilityFlags []string
	Annotations        map[string]string
	Source, Author     string
	Rest               map[string]json.RawMessage
	Settings           func(*Settings) // what of the Worker's settings comes along; may be nil

	// Deploy serves the version at once, to everybody; and the Worker is made if it is
	// not there. Without it the version is only stored, and carries no migrations.
	Deploy bool
}

// SentModule is a module with its content.
type SentModule struct {
	Name    string
	Kind    ModuleKind
	Content []byte
}

// Upload judges a version, tries it, and stores it: whole, or not at all. Errors: those
// of errors.go, joined when there are several.
func (w *Workers) Upload(ctx context.Context, accountID, name string, u Upload) (Version, error) {
	if err := checkName(name); err != nil {
		return Version{}, err
	}
	if err := checkModules(u); err != nil {
		return Version{}, err
	}
	a, err := w.account(ctx, accountID)
	if err != nil {
		return Version{}, err
	}
	a.uploading.Lock()
	defer a.uploading.Unlock()

	next, err := w.begin(a, name, u)
	if err != nil {
		return Version{}, err
	}
	v, err := w.judge(ctx, a, next, u)
	if err != nil {
		return Version{}, err
	}
	if err := w.try(ctx, a, next, v, u); err != nil {
		return Version{}, err
	}
	for i, m := range v.Modules {
		if err := a.keep(ctx, m.Digest, u.Modules[i].Content); err != nil {
			return Version{}, err
		}
	}
	next.versions = append(next.versions, v)
	if u.Settings != nil {
		u.Settings(&next.Settings)
	}
	if u.Deploy {
		if err := w.deploy(next, Deployment{
			Source: u.Source, Author: u.Author, Annotations: u.Annotations,
			Versions: []Share{{VersionID: v.ID, Percentage: 100}},
		}); err != nil {
			return Version{}, err
		}
	}
	if err := w.save(ctx, a, next); err != nil {
		return Version{}, err
	}
	if u.Deploy {
		w.deployed(accountID, name)
	}
	return *v, nil
}

// begin returns a copy of the Worker, or a new one where that may be.
func (w *Workers) begin(a *account, name string, u Upload) (*worker, error) {
	a.mu.RLock()
	old, err := a.find(name)
	a.mu.RUnlock()
	switch {
	case err == nil:
		return old.clone(), nil
	case !u.Deploy:
		return nil, err
	}
	tag, err := w.newID()
	if err != nil {
		return nil, err
	}
	return &worker{Worker: Worker{
		Name: name, Tag: tag, Created: w.now().UTC(), Classes: map[string]Class{},
		Settings: Settings{Tags: []string{}},
	}}, nil
}

// judge makes the version of an upload, or says all that speaks against it.
func (w *Workers) judge(ctx context.Context, a *account, next *worker, u Upload) (*Version, error) {
	id, err := w.newUUID()
	if err != nil {
		return nil, err
	}
	v := &Version{
		ID: id, Number: next.LastVersion + 1, Created: w.now().UTC(), Source: u.Source, Author: u.Author,
		Annotations: u.Annotations, Classic: u.Classic, Rest: u.Rest,
		CompatibilityDate: u.CompatibilityDate, CompatibilityFlags: u.CompatibilityFlags,
	}
	for _, m := range u.Modules {
		v.Modules = append(v.Modules, m.module())
	}
	if v.Assets, err = w.assetsOf(ctx, a, next, u); err != nil {
		return nil, err
	}
	if err := w.checkDate(v.CompatibilityDate); err != nil {
		return nil, err
	}
	if err := w.migrate(a, next, u); err != nil {
		return nil, err
	}
	var problems []error
	v.Bindings, problems = inherit(next.latest(), u)
	more, err := w.judgeBindings(ctx, a, next, v)
	if err != nil {
		return nil, err
	}
	return v, refuse(append(problems, more...))
}

// checkDate refuses a compatibility date that no runtime can know. None is that of the
// first runtime.
func (w *Workers) checkDate(date string) error {
	if date == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return fmt.Errorf("%w: %s", ErrDateInvalid, date)
	}
	if date > w.now().UTC().Format(time.DateOnly) {
		return fmt.Errorf("%w: %s", ErrDateAhead, date)
	}
	return nil
}

// try starts the version, and holds the classes that have objects against what it exports.
func (w *Workers) try(ctx context.Context, a *account, next *worker, v *Version, u Upload) error {
	if w.runtime == nil || len(v.Modules) == 0 {
		return nil
	}
	trial, err := w.runtime.Try(ctx, a.id, next.Name, *v, func(m Module) ([]byte, error) {
		i := slices.IndexFunc(v.Modules, func(one Module) bool { return one.Name == m.Name })
		if i < 0 {
			return nil, fmt.Errorf("%w: %s", ErrModule, m.Name)
		}
		return u.Modules[i].Content, nil
	})
	if err != nil {
		return err
	}
	v.Trial = trial
	if len(trial.Handlers) == 0 && len(trial.Classes) == 0 {
		return ErrNoHandlers
	}
	return checkExports(next, v, u)
}

func (m SentModule) module() Module {
	sum := sha256.Sum256(m.Content)
	return Module{Name: m.Name, Kind: m.Kind, Size: len(m.Content), Digest: hex.EncodeToString(sum[:])}
}

func (w *Workers) deployed(account, name string) {
	if w.runtime != nil {
		w.runtime.Deployed(account, name)
	}
}

func checkName(name string) error {
	if name == "" || len(name) > MaxNameLength {
		return fmt.Errorf("%w: %d characters", ErrNameInvalid, len(name))
	}
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
		default:
			return fmt.Errorf("%w: it has %q", ErrNameInvalid, r)
		}
	}
	return nil
}

// checkModules refuses what no runtime could load.
func checkModules(u Upload) error {
	if len(u.Modules) == 0 && u.AssetsKey == "" && !u.KeepAssets {
		return fmt.Errorf("%w: there is neither code nor a static file", ErrModuleMissing)
	}
	size, seen := 0, map[string]bool{}
	for _, m := range u.Modules {
		switch {
		case !isModuleName(m.Name):
			return fmt.Errorf("%w: %q is no name of a module", ErrModule, m.Name)
		case seen[m.Name]:
			return fmt.Errorf("%w: %s is there twice", ErrModule, m.Name)
		}
		seen[m.Name] = true
		if m.Kind != KindSourceMap {
			size += len(m.Content)
		}
	}
	if size > MaxScriptBytes {
		return fmt.Errorf("%w: %d bytes exceed %d", ErrTooLarge, size, MaxScriptBytes)
	}
	if size > MaxScriptGzipped {
		return checkGzipped(u.Modules)
	}
	return nil
}

// checkGzipped compresses modules as a client would, for their size alone.
func checkGzipped(modules []SentModule) error {
	var size counter
	z := gzip.NewWriter(&size)
	for _, m := range modules {
		if m.Kind != KindSourceMap {
			_, _ = z.Write(m.Content) // a counter takes all
		}
	}
	_ = z.Close() // the same
	if size > MaxScriptGzipped {
		return fmt.Errorf("%w: compressed it has %d bytes, which exceed %d", ErrTooLarge, size, MaxScriptGzipped)
	}
	return nil
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// isModuleName says whether a module may have the name: a relative path of slashes that
// stays in its folder. A "./" before it is wrangler's.
func isModuleName(name string) bool {
	name = strings.TrimPrefix(name, "./")
	if name == "" || len(name) > 512 || strings.ContainsAny(name, "\\\x00\r\n") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}
