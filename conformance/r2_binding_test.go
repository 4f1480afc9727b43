//go:build npm

package conformance

import (
	"context"
	"maps"
	"net/http"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/r2"
)

const (
	r2BindingFolder   = "testdata/r2-binding"
	r2BindingBindings = `"r2_buckets": [{ "binding": "R2", "bucket_name": "bucket" }]`
)

// TestR2Binding: a Worker that makes every call of an R2 binding, right and wrong, sees the same on
// workerd over our buckets as on miniflare and under wrangler dev, but for what r2BindingDifferences says.
func TestR2Binding(t *testing.T) {
	store := memkv.New(memkv.Options{})
	ours := runBound(t, older, r2BindingFolder, bucket(r2.Open(store, store, anyBucket)))
	t.Run("on disk as in memory", func(t *testing.T) {
		disk, err := pebblekv.Open(pebblekv.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { disk.Close() })
		compareOutcomes(t, ours, runBound(t, older, r2BindingFolder, bucket(r2.Open(disk, disk, anyBucket))), nil)
	})
	olderDifferences := maps.Clone(olderR2BindingDifferences)
	maps.Copy(olderDifferences, r2BindingDifferences)
	t.Run("as on miniflare", func(t *testing.T) {
		compareOutcomes(t, ours, runOnMiniflare(t, r2BindingFolder, `{"r2Buckets":["R2"]}`), olderDifferences)
	})
	t.Run("as under wrangler dev "+newest.version, func(t *testing.T) {
		store := memkv.New(memkv.Options{})
		ours := runBound(t, newest, r2BindingFolder, bucket(r2.Open(store, store, anyBucket)))
		compareOutcomes(t, ours, runOnWranglerDev(t, newest, r2BindingFolder, r2BindingBindings), r2BindingDifferences)
	})
}

var anyBucket = r2.Options{Find: func(context.Context, string, string) (string, error) { return "1", nil }}

func bucket(all *r2.Buckets) http.Handler {
	return r2.Handler(func(ctx context.Context) (*r2.Bucket, error) { return all.Bucket(ctx, "a", "b") }, nil)
}

// r2BindingDifferences are the calls of testdata/r2-binding/worker.js after which a Worker sees
// something else on miniflare, which wrangler dev is, than on Bindery, and why.
var r2BindingDifferences = map[string]string{
	"storage class":                   "miniflare keeps none",
	"head of a storage class":         "miniflare keeps none",
	"storage class that is none":      "miniflare takes any; Cloudflare has two",
	"list with a cursor that is none": "miniflare takes any text for a position in the list; a cursor of nobody's is a mistake, and we say so",
	"delete 1001":                     "miniflare deletes any number; Cloudflare's limit is 1000",
	"abort no upload":                 "miniflare calls what it does not know an internal error",
	"complete no upload":              "miniflare calls what it does not know an internal error",
}

// olderR2BindingDifferences are those that have gone from the newest wrangler.
var olderR2BindingDifferences = map[string]string{
	"metadata of 8192":                     "the limit was 2048 once",
	"metadata of 4096 that is not Latin-1": "the limit was 2048 once",
}
