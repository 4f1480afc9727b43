package deploy

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// A kind is a kind of resource that an inventory lists.
type kind struct {
	key    string   // in the file
	ids    []string // keys that may hold the id, the first of them ours; nil if the kind has none
	idForm string
	isID   *pattern.Pattern
	name   string // key of the name
	noun   string
	list   func(*Account) *[]Resource
}

// The entries of kv_namespaces are what `wrangler kv namespace list` prints, those
// of d1_databases what `wrangler d1 list --json` does: other keys in them are left alone.
var kinds = []kind{
	{"kv_namespaces", []string{"id"}, hexIDForm, hexID, "title", "KV namespace", func(a *Account) *[]Resource { return &a.KVNamespaces }},
	{"r2_buckets", nil, "", nil, "name", "R2 bucket", func(a *Account) *[]Resource { return &a.R2Buckets }},
	{"d1_databases", []string{"id", "uuid"}, uuidForm, uuid, "name", "D1 database", func(a *Account) *[]Resource { return &a.D1Databases }},
	{"queues", nil, "", nil, "name", "queue", func(a *Account) *[]Resource { return &a.Queues }},
	{"workers", nil, "", nil, "name", "Worker", func(a *Account) *[]Resource { return &a.Workers }},
}

// ParseInventory reads an inventory file, JSON with or without comments whatever its name:
//
//	{"accounts": [{
//	  "id": "4b1d…", "name": "production",
//	  "kv_namespaces": [{"id": "70d3…", "title": "orders-production"}],
//	  "r2_buckets": [{"name": "models"}], "d1_databases": [{"id": "…", "name": "main"}],
//	  "queues": [{"name": "jobs"}], "workers": [{"name": "api"}]
//	}]}
//
// A list that is absent says nothing; an empty one says that the account holds
// none. With problems the inventory is not to be used: what it lacks would be
// judged as missing.
func ParseInventory(path string, src []byte) (*Inventory, []Problem) {
	r := &inventoryReader{file: syntax.ParseAs(syntax.JSONC, path, src), said: map[string]Note{}}
	for _, e := range r.file.Errors {
		p := r.problem(e.Span, e.Message, cmp.Or(e.Help, form))
		for _, n := range e.Notes {
			p.Notes = append(p.Notes, Note{r.at(n.Span), n.Message})
		}
	}
	inv := &Inventory{}
	if len(r.problems) == 0 {
		inv.Accounts = r.accounts(r.file.Root)
	}
	problems := make([]Problem, len(r.problems))
	for i, p := range r.problems {
		problems[i] = *p
	}
	return inv, problems
}

const form = `an inventory has the form {"accounts": [{"id": "…", "name": "…", "kv_namespaces": [{"id": "…", "title": "…"}]}]}`

type inventoryReader struct {
	file     *syntax.File
	said     map[string]Note // where each thing that may be there once is, and what it is there
	problems []*Problem
}

func (r *inventoryReader) at(s syntax.Span) Place { return Place{File: r.file, Span: s} }

func (r *inventoryReader) problem(s syntax.Span, message, help string) *Problem {
	p := &Problem{Place: r.at(s), Message: message, Help: help}
	r.problems = append(r.problems, p)
	return p
}

func (r *inventoryReader) accounts(root *syntax.Node) []Account {
	r.onlyKeys(root, "accounts")
	list := root.Get("accounts")
	if list == nil {
		r.problem(root.Span, "the inventory names no accounts", form)
		return nil
	}
	var accounts []Account
	for _, n := range r.items(list, "accounts") {
		accounts = append(accounts, r.account(n))
	}
	return accounts
}

func (r *inventoryReader) account(n *syntax.Node) Account {
	keys := []string{"id", "name"}
	for _, k := range kinds {
		keys = append(keys, k.key)
	}
	r.onlyKeys(n, keys...)

	a := Account{At: r.at(n.Span)}
	if id := r.text(n, []string{"id"}, "account"); id != nil {
		a.ID = id.Text
		a.At = r.at(id.Span)
		if !hexID.MatchString(id.Text) {
			r.problem(id.Span, fmt.Sprintf("account id %q is not %s", id.Text, hexIDForm), "copy it from `wrangler whoami`")
		}
		r.once(id.Span, "account id", id.Text, "", "named here first", "")
	}
	if n.Get("name") != nil {
		if name := r.text(n, []string{"name"}, "account"); name != nil {
			a.Name = name.Text
			r.once(name.Span, "account name", name.Text, "", "named here first", "give each account a name of its own")
		}
	}
	for _, k := range kinds {
		if list := n.Get(k.key); list != nil {
			a.Known = true
			*k.list(&a) = r.resources(k, list, a)
		}
	}
	return a
}

// resources reads one list; the result is never nil.
func (r *inventoryReader) resources(k kind, list *syntax.Node, a Account) []Resource {
	all := []Resource{}
	for _, n := range r.items(list, k.key) {
		var res Resource
		if k.ids != nil {
			if id := r.text(n, k.ids, k.noun); id != nil {
				res.ID = id.Text
				if !k.isID.MatchString(id.Text) {
					r.problem(id.Span, fmt.Sprintf("%s id %q is not %s", k.noun, id.Text, k.idForm), "")
				}
				// An id belongs to one account: two that claim it cannot both be right.
				r.once(id.Span, k.noun+" id", id.Text, "", "held by "+a.Label()+" here", "an id belongs to one account: keep the entry that is right")
			}
		}
		if name := r.text(n, []string{k.name}, k.noun); name != nil {
			res.Name = name.Text
			r.once(name.Span, k.noun+" "+k.name, name.Text, " in "+a.Label(), "named here first", "an account holds each name once")
		}
		all = append(all, res)
	}
	return all
}

// once reports a text that was said of the same thing before, within scope if that
// is not ""; note is what the first place is called then.
func (r *inventoryReader) once(s syntax.Span, what, text, scope, note, help string) {
	key := what + scope + "\x00" + text
	if first, there := r.said[key]; there {
		p := r.problem(s, fmt.Sprintf("%s %q is there twice%s", what, text, scope), help)
		p.Notes = append(p.Notes, first)
		return
	}
	r.said[key] = Note{Place: r.at(s), Message: note}
}

// items returns the tables of a list.
func (r *inventoryReader) items(list *syntax.Node, key string) []*syntax.Node {
	if !list.Is(syntax.Array) {
		r.problem(list.Span, fmt.Sprintf("%s is %v, where an array of tables is expected", key, list.Kind), "")
		return nil
	}
	var tables []*syntax.Node
	for _, n := range list.Items {
		if !n.Is(syntax.Table) {
			r.problem(n.Span, fmt.Sprintf("an entry of %s is %v, where a table is expected", key, n.Kind), "")
			continue
		}
		tables = append(tables, n)
	}
	return tables
}

// text returns the string under the first of keys that is there; what is missing or no string is a problem.
func (r *inventoryReader) text(n *syntax.Node, keys []string, noun string) *syntax.Node {
	for _, key := range keys {
		v := n.Get(key)
		switch {
		case v == nil:
			continue
		case v.Str() == "":
			r.problem(v.Span, fmt.Sprintf("%s of the %s is not a string, or empty", key, noun), "")
			return nil
		}
		return v
	}
	r.problem(n.Span, fmt.Sprintf("the %s has no %s", noun, keys[0]), "")
	return nil
}

// onlyKeys reports keys that mean nothing here: a mistyped list would pass for one that is not known.
func (r *inventoryReader) onlyKeys(n *syntax.Node, keys ...string) {
	for _, f := range n.Fields {
		known := false
		for _, key := range keys {
			known = known || f.Name == key
		}
		if known {
			continue
		}
		help := "known are " + strings.Join(keys, ", ")
		if near, ok := syntax.Nearest(f.Name, keys); ok {
			help = fmt.Sprintf("did you mean %q?", near)
		}
		r.problem(f.NameAt, fmt.Sprintf("unknown key %q", f.Name), help)
	}
}
