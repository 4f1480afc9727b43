//go:build npm

package conformance

import "maps"

// kvBindingDifferences are the calls of testdata/kv-binding/worker.js after which a Worker
// sees something else on miniflare, which wrangler dev is, than on Bindery, and why.
var kvBindingDifferences = map[string]string{
	"metadata: put a function":             "what is no JSON value is sent as the word undefined: miniflare fails with 500, we say what is wrong",
	`odd key "a\u0000b": list`:             "miniflare's SQL ends a prefix at a NUL and finds nothing",
	"odd keys: get of many":                "miniflare collects values in an object, where the key __proto__ is lost",
	`many: "m/null" as json with metadata`: "miniflare takes the value null for a key that is not there, though it has metadata",
	"list: no cursor of ours":              "miniflare takes any text for a position in the list; Cloudflare's REST API refuses it, and so do we",
}

// olderKVBindingDifferences are those that have gone from the newest wrangler: an empty
// value, 0 and false came from a bulk get as if no metadata had been asked for.
var olderKVBindingDifferences = map[string]string{
	`many: "m/empty" as text with metadata`: "mended in miniflare since",
	`many: "m/0" as json with metadata`:     "mended in miniflare since",
	`many: "m/false" as json with metadata`: "mended in miniflare since",
	`many: "m/\"\"" as json with metadata`:  "mended in miniflare since",
}

func differencesFrom(r release) map[string]string {
	if r == newest {
		return kvBindingDifferences
	}
	all := maps.Clone(kvBindingDifferences)
	maps.Copy(all, olderKVBindingDifferences)
	return all
}
