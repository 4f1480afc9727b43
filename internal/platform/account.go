package platform

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxAccountNameBytes bounds an account's name. Cloudflare's own bound is 100.
const MaxAccountNameBytes = 100

// Account is an account. ID is 32 lower-case hex digits.
type Account struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created_on"`
}

// account is an Account with its namespaces, which are read at the first need.
type account struct {
	Account

	mu     sync.RWMutex
	loaded bool
	byID   map[string]*namespace
	titles map[string]*namespace

	// How many there are, for Count, while they are not loaded.
	counted bool
	count   int
}

func accountKey(id string) string { return "account/" + id }

func (p *Platform) loadAccounts(ctx context.Context) error {
	err := p.records.Scan(ctx, accountKey(""), func(_ string, value []byte) error {
		a := &account{}
		if err := json.Unmarshal(value, &a.Account); err != nil {
			return err
		}
		p.accounts.Store(a.ID, a)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	return nil
}

// EnsureAccount returns the account with this id (or, when id is "", with this
// name), making it if it is not there. An empty name stands for whatever name the
// account has, and a new account without one is named after its id. An account
// that exists under another name or id is ErrAccountConflict, which names both.
func (p *Platform) EnsureAccount(ctx context.Context, name, id string) (Account, error) {
	if err := checkAccount(name, id); err != nil {
		return Account{}, err
	}
	p.changes.Lock()
	defer p.changes.Unlock()

	for a := range p.everyAccount {
		sameID, sameName := a.ID == id, a.Name == name
		switch {
		case sameID && (sameName || name == ""), sameName && id == "":
			return a.Account, nil
		case sameID, sameName:
			return Account{}, fmt.Errorf("%w: asked for %q (%s), have %q (%s)", ErrAccountConflict, name, id, a.Name, a.ID)
		}
	}
	return p.createAccount(ctx, name, id)
}

func (p *Platform) createAccount(ctx context.Context, name, id string) (Account, error) {
	if id == "" {
		var err error
		if id, err = p.newID(); err != nil {
			return Account{}, err
		}
	}
	a := &account{Account: Account{ID: id, Name: cmp.Or(name, id), Created: p.now().UTC()}}
	if err := p.save(ctx, accountKey(id), a.Account); err != nil {
		return Account{}, fmt.Errorf("create account %q: %w", a.Name, err)
	}
	p.accounts.Store(id, a)
	return a.Account, nil
}

// checkAccount looks at the form of what is asked for; one of the two may be "".
func checkAccount(name, id string) error {
	switch {
	case name == "" && id == "":
		return fmt.Errorf("%w: it has neither a name nor an id", ErrAccountInvalid)
	case id != "" && !ValidID(id):
		return fmt.Errorf("%w: id %q is not 32 lower-case hex digits", ErrAccountInvalid, id)
	case len(name) > MaxAccountNameBytes:
		return fmt.Errorf("%w: a name of %d bytes exceeds %d", ErrAccountInvalid, len(name), MaxAccountNameBytes)
	case !isText(name):
		return fmt.Errorf("%w: name %q is not printable UTF-8", ErrAccountInvalid, name)
	}
	return nil
}

// isText says whether a name can be shown in a terminal as it is.
func isText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// Accounts lists all, by name.
func (p *Platform) Accounts(ctx context.Context) ([]Account, error) {
	var all []Account
	for a := range p.everyAccount {
		all = append(all, a.Account)
	}
	slices.SortFunc(all, func(a, b Account) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// Account returns one account: ErrAccountNotFound if there is none with this id.
func (p *Platform) Account(ctx context.Context, id string) (Account, error) {
	a, err := p.account(id)
	if err != nil {
		return Account{}, err
	}
	return a.Account, nil
}

func (p *Platform) account(id string) (*account, error) {
	a, ok := p.accounts.Load(id)
	if !ok {
		return nil, ErrAccountNotFound
	}
	return a.(*account), nil
}

// everyAccount is a sequence of all accounts, in no order.
func (p *Platform) everyAccount(yield func(*account) bool) {
	p.accounts.Range(func(_, a any) bool { return yield(a.(*account)) })
}

// save writes one record as JSON.
func (p *Platform) save(ctx context.Context, key string, record any) error {
	value, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return p.records.Apply(ctx, map[string][]byte{key: value}, nil)
}
