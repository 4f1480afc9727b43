package platform

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/kv"
)

// NamespaceInfo is a namespace's record.
type NamespaceInfo struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Jurisdiction is where its maker wants the data kept, in Cloudflare's words; ""
	// is nowhere in particular. It is only remembered: the data is where the server is.
	Jurisdiction string `json:"jurisdiction,omitempty"`
}

// namespace is a namespace that an account holds. It never changes: a rename puts
// another in its place.
type namespace struct {
	NamespaceInfo
	// Data is the id under which the data lies, random and never used again. A
	// namespace id may come back, brought by a rehearsal after a delete or in a
	// second account; its data never does.
	Data string       `json:"data"`
	open kv.Namespace // the data itself
}

// Namespaces of an account share a prefix: "namespace/<account>/<id>". Accounts and
// namespaces have ids of fixed form, so no key can lie under another's prefix.
func namespaceKey(account, id string) string { return "namespace/" + account + "/" + id }

// A deleted namespace leaves the record "deleted/<data id>" until its data is gone.
func deletedKey(data string) string { return "deleted/" + data }

// load reads the namespaces of a. The caller holds a.mu.
func (p *Platform) load(ctx context.Context, a *account) error {
	byID, titles := map[string]*namespace{}, map[string]*namespace{}
	err := p.records.Scan(ctx, namespaceKey(a.ID, ""), func(_ string, value []byte) error {
		ns := &namespace{}
		if err := json.Unmarshal(value, ns); err != nil {
			return err
		}
		ns.open = p.data.Namespace(ns.Data)
		byID[ns.ID], titles[ns.Title] = ns, ns
		return nil
	})
	if err != nil {
		return fmt.Errorf("read namespaces of account %s: %w", a.ID, err)
	}
	a.byID, a.titles, a.loaded = byID, titles, true
	return nil
}

// read calls f with an account whose namespaces are loaded and stay as they are.
func (p *Platform) read(ctx context.Context, id string, f func(*account) error) error {
	a, err := p.account(id)
	if err != nil {
		return err
	}
	a.mu.RLock()
	if a.loaded {
		defer a.mu.RUnlock()
		return f(a)
	}
	a.mu.RUnlock()
	return p.change(ctx, id, f)
}

// change calls f with an account that nobody else reads or changes.
func (p *Platform) change(ctx context.Context, id string, f func(*account) error) error {
	a, err := p.account(id)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.loaded {
		if err := p.load(ctx, a); err != nil {
			return err
		}
	}
	return f(a)
}

func (a *account) namespace(id string) (*namespace, error) {
	ns := a.byID[id]
	if ns == nil {
		return nil, kv.ErrNamespaceNotFound
	}
	return ns, nil
}

// Namespaces lists an account's namespaces, by id.
func (p *Platform) Namespaces(ctx context.Context, accountID string) ([]NamespaceInfo, error) {
	var all []NamespaceInfo
	err := p.read(ctx, accountID, func(a *account) error {
		all = make([]NamespaceInfo, 0, len(a.byID))
		for _, ns := range a.byID {
			all = append(all, ns.NamespaceInfo)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b NamespaceInfo) int { return cmp.Compare(a.ID, b.ID) })
	return all, err
}

// NamespaceInfo returns one: kv.ErrNamespaceNotFound if the account does not hold it.
func (p *Platform) NamespaceInfo(ctx context.Context, accountID, id string) (info NamespaceInfo, err error) {
	err = p.read(ctx, accountID, func(a *account) error {
		ns, err := a.namespace(id)
		if err == nil {
			info = ns.NamespaceInfo
		}
		return err
	})
	return info, err
}

// HasNamespace says whether the account holds a namespace.
func (p *Platform) HasNamespace(ctx context.Context, accountID, id string) (bool, error) {
	_, err := p.NamespaceInfo(ctx, accountID, id)
	if errors.Is(err, kv.ErrNamespaceNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Namespace opens the data of a namespace: kv.ErrNamespaceNotFound if the account
// does not hold it.
func (p *Platform) Namespace(ctx context.Context, accountID, id string) (data kv.Namespace, err error) {
	err = p.read(ctx, accountID, func(a *account) error {
		ns, err := a.namespace(id)
		if err == nil {
			data = ns.open
		}
		return err
	})
	return data, err
}

// CreateNamespace makes a namespace; id is "" except when a rehearsal brings an
// existing one. Errors: ErrTitleInvalid, ErrTitleTaken, ErrIDInvalid, ErrIDTaken,
// ErrTooManyNamespaces, ErrAccountNotFound.
func (p *Platform) CreateNamespace(ctx context.Context, accountID, id, title string) (NamespaceInfo, error) {
	return p.AddNamespace(ctx, accountID, NamespaceInfo{ID: id, Title: title})
}

// AddNamespace is CreateNamespace for all that can be said of a namespace.
func (p *Platform) AddNamespace(ctx context.Context, accountID string, wanted NamespaceInfo) (NamespaceInfo, error) {
	if err := checkTitle(wanted.Title); err != nil {
		return NamespaceInfo{}, err
	}
	if wanted.ID != "" && !ValidID(wanted.ID) {
		return NamespaceInfo{}, fmt.Errorf("%w: %q is not 32 lower-case hex digits", ErrIDInvalid, wanted.ID)
	}
	var info NamespaceInfo
	err := p.change(ctx, accountID, func(a *account) error {
		switch {
		case a.titles[wanted.Title] != nil:
			return ErrTitleTaken
		case a.byID[wanted.ID] != nil:
			return ErrIDTaken
		case len(a.byID) >= kv.MaxNamespaces:
			return fmt.Errorf("%w: %d", ErrTooManyNamespaces, kv.MaxNamespaces)
		}
		ns, err := p.newNamespace(wanted)
		if err != nil {
			return err
		}
		info = ns.NamespaceInfo
		return p.put(ctx, a, ns)
	})
	return info, err
}

// newNamespace makes a namespace that nobody knows of yet.
func (p *Platform) newNamespace(info NamespaceInfo) (*namespace, error) {
	var err error
	if info.ID == "" {
		if info.ID, err = p.newID(); err != nil {
			return nil, err
		}
	}
	data, err := p.newID()
	if err != nil {
		return nil, err
	}
	return &namespace{NamespaceInfo: info, Data: data, open: p.data.Namespace(data)}, nil
}

// put records ns, then shows it in place of the one with its id, if there is one.
// The caller holds a.mu.
func (p *Platform) put(ctx context.Context, a *account, ns *namespace) error {
	if err := p.save(ctx, namespaceKey(a.ID, ns.ID), ns); err != nil {
		return fmt.Errorf("record namespace %s: %w", ns.ID, err)
	}
	if old := a.byID[ns.ID]; old != nil {
		delete(a.titles, old.Title)
	}
	a.byID[ns.ID], a.titles[ns.Title] = ns, ns
	return nil
}

// RenameNamespace gives a namespace another title; id and data stay. Giving it the
// title that it has is no error. Errors: ErrTitleInvalid, ErrTitleTaken,
// kv.ErrNamespaceNotFound, ErrAccountNotFound.
func (p *Platform) RenameNamespace(ctx context.Context, accountID, id, title string) (NamespaceInfo, error) {
	if err := checkTitle(title); err != nil {
		return NamespaceInfo{}, err
	}
	var info NamespaceInfo
	err := p.change(ctx, accountID, func(a *account) error {
		old, err := a.namespace(id)
		if err != nil {
			return err
		}
		if holder := a.titles[title]; holder != nil && holder != old {
			return ErrTitleTaken
		}
		renamed := *old
		renamed.Title = title
		info = renamed.NamespaceInfo
		return p.put(ctx, a, &renamed)
	})
	return info, err
}

// DeleteNamespace removes a namespace and all its keys. The record goes first, and
// in the same step the data is marked for deletion: a crash in between, or a data
// store that fails, leaves nothing but a mark, which Open attends to. Errors:
// kv.ErrNamespaceNotFound, ErrAccountNotFound. Whether a Worker binds it is for the
// caller to ask.
func (p *Platform) DeleteNamespace(ctx context.Context, accountID, id string) error {
	var gone *namespace
	err := p.change(ctx, accountID, func(a *account) error {
		ns, err := a.namespace(id)
		if err != nil {
			return err
		}
		mark := map[string][]byte{deletedKey(ns.Data): nil}
		if err := p.records.Apply(ctx, mark, []string{namespaceKey(a.ID, id)}); err != nil {
			return fmt.Errorf("remove the record of namespace %s: %w", id, err)
		}
		delete(a.byID, id)
		delete(a.titles, ns.Title)
		gone = ns
		return nil
	})
	if err != nil {
		return err
	}
	return p.finishDeletion(context.WithoutCancel(ctx), gone.Data) // nobody can ask for it a second time
}

func (p *Platform) finishDeletion(ctx context.Context, data string) error {
	if err := p.data.DeleteNamespace(ctx, data); err != nil {
		return fmt.Errorf("remove the keys of a deleted namespace: %w", err)
	}
	return p.records.Apply(ctx, nil, []string{deletedKey(data)})
}

// finishDeletions does what a crash kept DeleteNamespace from doing.
func (p *Platform) finishDeletions(ctx context.Context) error {
	var marked []string
	err := p.records.Scan(ctx, deletedKey(""), func(key string, _ []byte) error {
		marked = append(marked, strings.TrimPrefix(key, deletedKey("")))
		return nil
	})
	if err != nil {
		return fmt.Errorf("read deleted namespaces: %w", err)
	}
	for _, data := range marked {
		if err := p.finishDeletion(ctx, data); err != nil {
			return err
		}
	}
	return nil
}

// checkTitle: titles are told apart byte by byte; nothing is trimmed or folded.
func checkTitle(title string) error {
	switch {
	case title == "":
		return fmt.Errorf("%w: it is empty", ErrTitleInvalid)
	case !utf8.ValidString(title):
		return fmt.Errorf("%w: it is not UTF-8", ErrTitleInvalid)
	case utf8.RuneCountInString(title) > kv.MaxTitleLength:
		return fmt.Errorf("%w: %d characters exceed %d", ErrTitleInvalid, utf8.RuneCountInString(title), kv.MaxTitleLength)
	}
	return nil
}
