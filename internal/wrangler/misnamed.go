package wrangler

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// misnamed are keys that people write in an entry for others, without mistyping them, in the order of what is likelier.
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
	"queue_name":   {"queue"},
	"script":       {"script_name"},
	"worker":       {"service"},
}

// meantKey returns the key that was probably meant by one that wrangler does not know.
func meantKey(name string, known []string) (string, bool) {
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
