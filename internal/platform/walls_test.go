package platform_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// TestWalls lets the holders of random tokens ask for random things in random
// accounts. A model of plain maps, which asks the wall's question in one line, says
// what each may be answered: nobody sees, changes or learns of the existence of
// anything in an account that the token does not cover.
func TestWalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := memkv.New(memkv.Options{})
		p, err := platform.Open(store, store, platform.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := &walls{p: p, want: map[string]map[string]namespace{}}
		for _, id := range accountIDs[:3] {
			if _, err := p.EnsureAccount(t.Context(), "account "+id[:1], id); err != nil {
				t.Fatal(err)
			}
			w.want[id] = map[string]namespace{}
		}
		w.NewToken(t) // somebody has to ask
		t.Repeat(rapid.StateMachineActions(w))
	})
}

// Three accounts exist; the fourth never does. Namespace ids are few, so that the
// same ones turn up behind different walls.
var (
	accountIDs = []string{
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccccccccccc",
		"dddddddddddddddddddddddddddddddd",
	}
	namespaceIDs  = []string{"11111111111111111111111111111111", "22222222222222222222222222222222", "33333333333333333333333333333333"}
	someAccount   = rapid.SampledFrom(accountIDs)
	someNamespace = rapid.SampledFrom(namespaceIDs)
	someTitle     = rapid.SampledFrom([]string{"one", "two", "three"})
)

type walls struct {
	p      *platform.Platform
	want   map[string]map[string]namespace // by account, then id
	tokens []token
}

type namespace struct {
	title, value string // value of the one key there is; "" for none
}

// token is a token with what its holder was promised.
type token struct {
	secret   string
	accounts []string // none: all
	edit     bool
}

func (k token) sees(account string) bool {
	return len(k.accounts) == 0 || slices.Contains(k.accounts, account)
}

func (w *walls) NewToken(t *rapid.T) {
	k := token{
		accounts: rapid.SliceOfDistinct(rapid.SampledFrom(accountIDs[:3]), rapid.ID).Draw(t, "accounts"),
		edit:     rapid.Bool().Draw(t, "edit"),
	}
	info := platform.TokenInfo{Name: "t", Accounts: k.accounts, Permission: platform.Read}
	if k.edit {
		info.Permission = platform.Edit
	}
	var err error
	if k.secret, _, err = w.p.CreateToken(t.Context(), info); err != nil {
		t.Fatal(err)
	}
	w.tokens = append(w.tokens, k)
}

// request is what every door to the platform does: who is it, may they, then do.
func (w *walls) request(k token, account string, need platform.Permission, do func() error) error {
	holder, err := w.p.Authenticate(k.secret)
	if err != nil {
		return err
	}
	if err := holder.Allow(account, need); err != nil {
		return err
	}
	return do()
}

// outsider is the one answer about an account outside a token's, whether it is
// there or not.
const outsider = "permission denied: the token does not cover this account"

// allowed is the model's side of request: the answer it demands, if it is not up to
// the thing asked for.
func (w *walls) allowed(k token, account string, edit bool) (answer string, goOn bool) {
	switch {
	case !k.sees(account):
		return outsider, false
	case edit && !k.edit:
		return "permission denied: the token may only read", false
	case w.want[account] == nil:
		return platform.ErrAccountNotFound.Error(), false
	}
	return "", true
}

// draw picks who asks, and where.
func (w *walls) draw(t *rapid.T) (k token, account, id string) {
	return rapid.SampledFrom(w.tokens).Draw(t, "token"), someAccount.Draw(t, "account"), someNamespace.Draw(t, "namespace")
}

// verdict compares an answer with the model's.
func verdict(t *rapid.T, got error, want string) {
	text := ""
	if got != nil {
		text = got.Error()
	}
	if text != want {
		t.Fatalf("got answer %q, want %q", text, want)
	}
}

func (w *walls) Create(t *rapid.T) {
	k, account, id := w.draw(t)
	title := someTitle.Draw(t, "title")
	got := w.request(k, account, platform.Edit, func() error {
		_, err := w.p.CreateNamespace(t.Context(), account, id, title)
		return err
	})
	want, ok := w.allowed(k, account, true)
	if ok {
		held := w.want[account]
		_, idTaken := held[id]
		switch {
		case slices.ContainsFunc(slices.Collect(maps.Values(held)), func(n namespace) bool { return n.title == title }):
			want = platform.ErrTitleTaken.Error()
		case idTaken:
			want = platform.ErrIDTaken.Error()
		default:
			held[id] = namespace{title: title}
		}
	}
	verdict(t, got, want)
}

func (w *walls) Rename(t *rapid.T) {
	k, account, id := w.draw(t)
	title := someTitle.Draw(t, "title")
	got := w.request(k, account, platform.Edit, func() error {
		_, err := w.p.RenameNamespace(t.Context(), account, id, title)
		return err
	})
	want, ok := w.allowed(k, account, true)
	if ok {
		held := w.want[account]
		ns, there := held[id]
		want = ""
		for other, n := range held {
			if n.title == title && other != id {
				want = platform.ErrTitleTaken.Error()
			}
		}
		if !there {
			want = kv.ErrNamespaceNotFound.Error()
		}
		if want == "" {
			ns.title = title
			held[id] = ns
		}
	}
	verdict(t, got, want)
}

func (w *walls) Delete(t *rapid.T) {
	k, account, id := w.draw(t)
	got := w.request(k, account, platform.Edit, func() error { return w.p.DeleteNamespace(t.Context(), account, id) })
	want, ok := w.allowed(k, account, true)
	if ok {
		if _, there := w.want[account][id]; !there {
			want = kv.ErrNamespaceNotFound.Error()
		}
		delete(w.want[account], id)
	}
	verdict(t, got, want)
}

func (w *walls) Write(t *rapid.T) {
	k, account, id := w.draw(t)
	value := rapid.StringN(1, 4, -1).Draw(t, "value")
	got := w.request(k, account, platform.Edit, func() error {
		ns, err := w.p.Namespace(t.Context(), account, id)
		if err != nil {
			return err
		}
		return ns.Put(t.Context(), kv.Pair{Key: "key", Item: kv.Item{Value: []byte(value)}})
	})
	want, ok := w.allowed(k, account, true)
	if ok {
		ns, there := w.want[account][id]
		if there {
			ns.value = value
			w.want[account][id] = ns
		} else {
			want = kv.ErrNamespaceNotFound.Error()
		}
	}
	verdict(t, got, want)
}

func (w *walls) ReadKey(t *rapid.T) {
	k, account, id := w.draw(t)
	var value string
	got := w.request(k, account, platform.Read, func() (err error) {
		value, err = w.read(t.Context(), account, id)
		return err
	})
	want, ok := w.allowed(k, account, false)
	if ok {
		ns, there := w.want[account][id]
		switch {
		case !there:
			want = kv.ErrNamespaceNotFound.Error()
		case value != ns.value:
			t.Fatalf("got value %q, want %q", value, ns.value)
		}
	}
	verdict(t, got, want)
}

// read returns the value of the one key, "" when it is not there.
func (w *walls) read(ctx context.Context, account, id string) (string, error) {
	ns, err := w.p.Namespace(ctx, account, id)
	if err != nil {
		return "", err
	}
	item, err := ns.Get(ctx, "key")
	if errors.Is(err, kv.ErrKeyNotFound) {
		return "", nil
	}
	return string(item.Value), err
}

func (w *walls) Look(t *rapid.T) {
	k, account, id := w.draw(t)
	var info platform.NamespaceInfo
	got := w.request(k, account, platform.Read, func() (err error) {
		info, err = w.p.NamespaceInfo(t.Context(), account, id)
		return err
	})
	want, ok := w.allowed(k, account, false)
	if ns, there := w.want[account][id]; ok && !there {
		want = kv.ErrNamespaceNotFound.Error()
	} else if ok && info.Title != ns.title {
		t.Fatalf("got title %q, want %q", info.Title, ns.title)
	}
	verdict(t, got, want)
}

func (w *walls) LookAround(t *rapid.T) {
	k, account, _ := w.draw(t)
	holder, err := w.p.Authenticate(k.secret)
	if err != nil {
		t.Fatal(err)
	}
	visible, err := w.p.VisibleAccounts(t.Context(), holder)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, a := range visible {
		got = append(got, a.ID)
	}
	for _, id := range accountIDs[:3] {
		if k.sees(id) {
			want = append(want, id)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("a token for %q sees %q, want %q", k.accounts, got, want)
	}

	var listed []platform.NamespaceInfo
	answer := w.request(k, account, platform.Read, func() (err error) {
		listed, err = w.p.Namespaces(t.Context(), account)
		return err
	})
	demanded, ok := w.allowed(k, account, false)
	if ok && len(listed) != len(w.want[account]) || !ok && listed != nil {
		t.Fatalf("got namespaces %v, want %v", listed, w.want[account])
	}
	verdict(t, answer, demanded)
}

// Check is run between all others: what every account holds is what the model says,
// so that nothing that was asked in one was done in another.
func (w *walls) Check(t *rapid.T) {
	got := map[string]map[string]namespace{}
	for account := range w.want {
		got[account] = map[string]namespace{}
		all, err := w.p.Namespaces(t.Context(), account)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range all {
			value, err := w.read(t.Context(), account, info.ID)
			if err != nil {
				t.Fatal(err)
			}
			got[account][info.ID] = namespace{info.Title, value}
		}
	}
	if diff := cmp.Diff(w.want, got, cmp.AllowUnexported(namespace{})); diff != "" {
		t.Fatalf("accounts differ (-want +got):\n%s", diff)
	}
	if len(w.want) != 3 {
		t.Fatal(fmt.Sprint("the model has accounts ", w.want))
	}
}
