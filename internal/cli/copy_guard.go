package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/transfer"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// topLevel is what --yes calls the environment that has no name.
const topLevel = "top-level"

// guard keeps a hand that slipped from production, and from a namespace that belongs to another environment than the one
// it was named by.
func (o *writeOptions) guard(ctx context.Context, l *locator, dst *location, store transfer.Store) error {
	word, why, err := o.protected(ctx, l, dst, store)
	if err != nil || word == "" {
		return err
	}
	return o.approveWord(word, why)
}

// protected says which word approves of writing to a namespace, and why it takes one; "" if it takes none.
func (o *writeOptions) protected(ctx context.Context, l *locator, dst *location, store transfer.Store) (word, why string, err error) {
	record, _, err := fingerprint.Read(ctx, store)
	sealed := err == nil
	if err != nil && !errors.Is(err, fingerprint.ErrUnsealed) && !errors.Is(err, fingerprint.ErrDamaged) {
		return "", "", err
	}
	environments := l.environmentsOf(dst)
	if sealed && !slices.Contains(environments, record.Environment) {
		environments = append(environments, record.Environment)
	}
	switch {
	case sealed && dst.env != nil && dst.env.Name != record.Environment:
		return environmentWord(record.Environment), fmt.Sprintf("%s is sealed for %s", dst, record.Whose()), nil
	case isProduction(dst.account.Name):
		word = dst.account.Name
		if len(environments) > 0 {
			word = environmentWord(environments[0])
		}
		return word, fmt.Sprintf("%s is in %s", dst, dst.account.Label()), nil
	}
	for _, name := range environments {
		if isProduction(name) {
			return name, fmt.Sprintf("%s is what environment %q binds", dst, name), nil
		}
	}
	return "", "", nil
}

// environmentsOf are the environments that bind a namespace, by the configuration and by the lock.
func (l *locator) environmentsOf(at *location) (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if at.env != nil {
		add(at.env.Name)
	}
	if p, err := l.load(); err == nil && p != nil {
		for _, env := range append([]*wrangler.Environment{p.config.Top}, p.config.Envs...) {
			for _, b := range env.Of(wrangler.KVNamespace) {
				if id := b.Resource(); id != nil && id.Str() == at.id {
					add(env.Name)
				}
			}
		}
	}
	for _, env := range l.locked.Environments {
		for _, b := range env.Bindings {
			if b.ID == at.id {
				add(env.Name)
			}
		}
	}
	return names
}

// isProduction says whether one of the words of a name is production, prod or live.
func isProduction(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return slices.ContainsFunc(words, func(w string) bool { return w == "production" || w == "prod" || w == "live" })
}

func environmentWord(name string) string {
	if name == "" {
		return topLevel
	}
	return name
}

// approveWord wants the word of --yes, or a person to type it.
func (o *writeOptions) approveWord(word, why string) error {
	if o.yes == word {
		return nil
	}
	file, ok := o.in.(*os.File)
	if o.yes != "" || !ok || !term.IsTerminal(int(file.Fd())) {
		return withHint(fmt.Errorf("%s: nothing was written", why), "if that is meant, add --yes %s; --dry-run says what would be written", word)
	}
	fmt.Fprintf(o.err, "%s.\nType %s to write to it: ", why, o.err.strong(word))
	line, err := bufio.NewReader(o.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != word {
		return fmt.Errorf("not approved: that is not %q, and nothing was written", word)
	}
	return nil
}

// jobsFolder holds the journals of jobs, beside the configuration (that a person wrote, where a build made another) or
// in the current folder. It is no part of the
// folder of `bindery serve`.
const jobsFolder = ".bindery-jobs"

func (l *locator) jobs() (string, error) {
	p, err := l.load()
	if err != nil {
		return "", err
	}
	if p == nil {
		return jobsFolder, nil
	}
	return filepath.Join(filepath.Dir(p.lockPath()), jobsFolder), nil
}

// identity tells a place that is read from any other, and a file from what it was before.
func (l *location) identity() (string, error) {
	if l.isNamespace() {
		return l.account.ID + "/" + l.id, nil
	}
	if l.isStream() {
		return l.path, nil
	}
	path, err := filepath.Abs(l.path)
	if err != nil {
		return "", err
	}
	file := path
	if l.format == transfer.Folder {
		file = filepath.Join(path, "index.ndjson")
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %d %d", path, info.Size(), info.ModTime().UnixNano()), nil
}
