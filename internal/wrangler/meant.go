package wrangler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// meant adds what was meant by a name that wrangler does not know. Certain is a name that differs by its case and
// separators only, by one letter in a long word, or that wrangler or another section calls so.
func (p *Problem) meant(name, known string) {
	p.Help = fmt.Sprintf("did you mean %q?", known)
	p.Repair = Repair{Rename: known, Guess: synonyms[name] != known && !samePlain(name, known) &&
		(min(len(name), len(known)) < 5 || !syntax.OneSlip(name, known))}
}

// synonyms are other words for a key: of wrangler 1, of the dashboard, or of the section next to it.
var synonyms = map[string]string{
	"entry-point": "main", "entry_point": "main", "entrypoint": "main",
	"queue_name": "queue", "rate_limiting": "ratelimits", "rate_limiters": "ratelimits", "rate_limits": "ratelimits",
}

// nearKey is the known key that was probably meant.
func nearKey(name string, known []string) (string, bool) {
	for _, k := range known {
		if k == synonyms[name] || samePlain(k, name) {
			return k, true
		}
	}
	if near, ok := syntax.Nearest(name, known); ok {
		return near, true
	}
	for _, other := range misnamed[name] {
		if slices.Contains(known, other) {
			return other, true
		}
	}
	return "", false
}

// misnamed are keys that people write in an entry for others, in the order of what is likelier.
var misnamed = map[string][]string{
	"binding":      {"name"},
	"bucket":       {"bucket_name"},
	"class":        {"class_name"},
	"database":     {"database_name"},
	"dlq":          {"dead_letter_queue"},
	"id":           {"database_id", "service_id", "certificate_id", "store_id"},
	"index":        {"index_name"},
	"name":         {"binding"},
	"namespace_id": {"id"},
	"script":       {"script_name"},
	"worker":       {"service"},
}

// samePlain says whether two names are the same but for what kv-namespaces, kvNamespaces and kv_namespaces differ in. It is
// asked of each unknown key and each known one, so it builds no names.
func samePlain(a, b string) bool {
	for {
		a, b = strings.TrimLeft(a, "-_"), strings.TrimLeft(b, "-_")
		if a == "" || b == "" {
			return a == b
		}
		if lower(a[0]) != lower(b[0]) {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// asTable is how a list becomes the table that durable_objects, queues or logfwdr is: the table that it holds, if that has the
// keys of one; else under the key of which its entries are.
func asTable(path string, list *syntax.Node) Repair {
	r := Repair{Value: list, Wanted: syntax.Table}
	every := func(key string, there bool) bool {
		for _, item := range items(list) {
			if (item.Get(key) != nil) != there {
				return false
			}
		}
		return len(list.Items) > 0
	}
	producers := strings.HasSuffix(path, "queues")
	switch {
	case len(list.Items) == 1 && (every("bindings", true) || every("producers", true) || every("consumers", true)):
	case producers && every("binding", true):
		r.Under = "producers"
	case producers && every("binding", false) && every("queue", true):
		r.Under = "consumers"
	case !producers && (every("name", true) || every("binding", true)): // which is then called name
		r.Under = "bindings"
	default:
		return Repair{}
	}
	return r
}
