package transfer

import (
	"context"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// The API's limit on calls of a token. Source: developers.cloudflare.com/fundamentals/api/reference/limits.
const (
	limitCalls  = 1200
	limitWindow = 5 * time.Minute
)

// Plan is what a copy between two places would take.
type Plan struct {
	Keys  int64 `json:"keys"`
	Bytes int64 `json:"bytes"` // of values; -1 where only reading them would say
	Lists int64 `json:"lists"` // calls
	Gets  int64 `json:"gets"`  // calls of a hundred keys; values that are no text take two calls each
	Puts  int64 `json:"puts"`  // calls
	// Deletes are calls that delete what only the destination has, of which there are Deleted.
	Deletes int64 `json:"deletes"`
	Deleted int64 `json:"quota_deletes"`
	// Calls of the API in all, at the least; AtLimit is how long they take if it is Cloudflare's, in seconds.
	Calls   int64   `json:"calls"`
	AtLimit float64 `json:"seconds_at_limit"`
	// Reads, Writes and Listed are what the accounts' quotas are charged with.
	Reads  int64 `json:"quota_reads"`
	Writes int64 `json:"quota_writes"`
	Listed int64 `json:"quota_lists"`
}

// Estimate counts the keys of a source, and what it takes to copy them. It reads no values of a namespace. undo says
// that what is replaced is read, mirror that the keys of both sides are compared afterwards.
func Estimate(ctx context.Context, from Source, to *Namespace, f Filter, undo, mirror bool) (p Plan, err error) {
	_, remote := from.(*Namespace)
	pages := func(keys int64) int64 { return keys/kv.MaxListLimit + 1 }
	size := int64(0) // of request bodies
	for e, err := range from.Scan(ctx, Query{Filter: f, KeysOnly: true}) {
		if err != nil {
			return p, err
		}
		p.Keys++
		if e.Size < 0 {
			p.Bytes = -1
			continue
		}
		p.Bytes += e.Size
		size += e.Size + int64(len(e.Key)+len(e.Metadata))
	}
	if remote {
		p.Lists += pages(p.Keys)
		p.Gets += ceil(p.Keys, kv.MaxBulkGet)
		p.Reads += p.Keys
	}
	if undo {
		p.Lists++ // whether there is anything
		empty, err := to.IsEmpty(ctx)
		if err != nil {
			return p, err
		}
		if !empty {
			p.Gets += ceil(p.Keys, kv.MaxBulkGet)
			p.Reads += p.Keys
		}
	}
	if mirror {
		both := &Comparison{A: from, B: to, Filter: f, Quick: true, Found: func(Difference) error { return nil }}
		summary, err := both.Compare(ctx)
		if err != nil {
			return p, err
		}
		p.Deleted = summary.Classes[Extra]
		p.Deletes = ceil(p.Deleted, maxDeletes)
		p.Lists += pages(summary.Keys - summary.Classes[Missing])
		if remote {
			p.Lists += pages(p.Keys)
		}
		if undo {
			p.Gets += ceil(p.Deleted, kv.MaxBulkGet)
			p.Reads += p.Deleted
		}
	}
	p.Puts = max(ceil(p.Keys, kv.MaxBulkPut), ceil(size, maxBatch))
	p.Writes, p.Listed = p.Keys, p.Lists
	p.Calls = p.Lists + p.Gets + p.Puts + p.Deletes
	p.AtLimit = atLimit(p.Calls).Seconds()
	return p, nil
}

// BeyondFree says whether it is more than Workers KV's free plan takes in a day
// (developers.cloudflare.com/kv/platform/limits).
func (p Plan) BeyondFree() bool {
	return p.Reads > 100_000 || p.Writes > 1000 || p.Deleted > 1000 || p.Listed > 1000
}

func ceil(n, by int64) int64 { return (n + by - 1) / by }

// atLimit is how long so many calls take: the first limitCalls at once, then as many in each window.
func atLimit(calls int64) time.Duration {
	if calls <= limitCalls {
		return 0
	}
	return time.Duration(float64(calls-limitCalls) / limitCalls * float64(limitWindow))
}

// IsEmpty says whether a namespace holds nothing at all.
func (n *Namespace) IsEmpty(ctx context.Context) (bool, error) {
	page, err := n.store.List(ctx, kv.ListQuery{Limit: kv.MinListLimit})
	return err == nil && len(page.Keys) == 0 && page.Cursor == "", err
}
