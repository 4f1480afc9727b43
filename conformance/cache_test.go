//go:build npm

package conformance

import (
	"testing"

	"github.com/bindery-dev/bindery/internal/server"
)

// cacheDifferences are the calls that the cache API of miniflare and ours see differently, and why.
var cacheDifferences = map[string]string{
	"match Cache-Control: MAX-AGE=60":                "miniflare reads directives in small letters only",
	"match Cache-Control: stale-while-revalidate=60": "miniflare keeps it, though nothing says how long it is fresh",
	"match Last-Modified alone":                      "likewise: it guesses from the age",
	"match Set-Cookie, private":                      "miniflare cuts private=Set-Cookie out of Cache-Control as well",
	"match status 204":                               "miniflare keeps none; a shared cache may (RFC 9110, 15.1)",

	"match Range: bytes=0-1,3-4":  "the boundary is at random",
	"match Range: bytes=0-1, 3-4": "the boundary is at random",
	"match Range: bytes=-0":       "the last 0 bytes are everything to miniflare",

	`If-None-Match: "tag"`:              "miniflare's 304 has the headers of the body that it lacks",
	`If-None-Match: W/"tag"`:            "likewise",
	`If-None-Match: "other", "tag"`:     "likewise",
	"If-None-Match: *":                  "likewise",
	"If-Modified-Since: before":         "likewise",
	"If-Modified-Since: later":          "likewise",
	"match If-None-Match of a weak tag": "likewise",
	"match Range and If-None-Match":     "likewise",
	"match If-None-Match without a tag": "* is any response, with a tag or without (RFC 9110, 13.1.2)",
}

// TestCacheAPI: a Worker that makes every call of the cache API, right and wrong, sees the same when it is deployed to Bindery as
// on miniflare, but for what cacheDifferences says.
func TestCacheAPI(t *testing.T) {
	const worker = "testdata/cache/worker.js"
	theirs := askWorker(t, startMiniflare(t, worker, `{}`), "")
	compareOutcomes(t, runDeployed(t, newHouse(t, server.Throttle{}).flat(t, "cached"), worker, `[]`), theirs, cacheDifferences)
}
