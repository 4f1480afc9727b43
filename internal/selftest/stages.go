package selftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

func (r *run) bindingCheck(ctx context.Context) outcome {
	err := ErrNotBound
	if r.open != nil {
		r.ns, err = r.open(ctx)
		if err == nil && r.ns == nil {
			err = ErrNotBound
		}
	}
	switch {
	case err == nil:
		return passed(r.binding + " binding exists")
	case errors.Is(err, ErrNotBound):
		return failed(r.binding+" binding is missing", r.advise(BindingCheck, err), err)
	case errors.Is(err, context.DeadlineExceeded):
		return failed(fmt.Sprintf("%s binding could not be checked within %v", r.binding, r.options.StageTimeout), r.advise(BindingCheck, err), err)
	case errors.Is(err, kv.ErrUnavailable):
		return failed(fmt.Sprintf("%s binding could not be checked: %v", r.binding, err), r.advise(BindingCheck, err), err)
	}
	return failed(fmt.Sprintf("%s binding does not lead to a namespace: %v", r.binding, err), r.advise(BindingCheck, err), err)
}

func (r *run) writeTest(ctx context.Context) outcome {
	r.attempted = true
	err := r.ns.Put(ctx, kv.Pair{Key: r.key, Item: kv.Item{Value: r.value, Expiration: r.expires.Unix()}})
	if err != nil {
		return r.callFailed(WriteTest, err)
	}
	return passed("Direct KV put() succeeded")
}

func (r *run) readTest(ctx context.Context) outcome {
	return await(ctx, func(ctx context.Context) outcome {
		item, err := r.ns.Get(ctx, r.key)
		switch {
		case errors.Is(err, kv.ErrKeyNotFound):
			return lagging(fmt.Sprintf("Direct KV get() does not find the key, %v after put() succeeded", r.options.StageTimeout),
				"the write was acknowledged and dropped, or the binding reads another namespace than it writes: "+
					"compare the id that this environment binds with the one that the Worker was deployed with", err)
		case err != nil:
			return r.callFailed(ReadTest, err)
		}
		r.seen = true
		if !bytes.Equal(item.Value, r.value) {
			return lagging(fmt.Sprintf("Direct KV get() returned other bytes than put() wrote (%s)", difference(r.value, item.Value)),
				"something between here and the store alters values, such as a proxy that re-encodes or compresses bodies, "+
					"or the store is damaged: do not trust data read through this binding until it passes", nil)
		}
		return passed("Direct KV get() succeeded - data matches")
	})
}

func (r *run) listTest(ctx context.Context) outcome {
	return await(ctx, func(ctx context.Context) outcome {
		shown, err := r.listed(ctx)
		switch {
		case err != nil:
			return r.callFailed(ListTest, err)
		case !shown:
			return lagging(fmt.Sprintf("Direct KV list() does not show the test key, %v after put() succeeded", r.options.StageTimeout),
				"get() and put() may work while lists lag or hide keys: whatever this Worker finds by list() may be incomplete; "+
					"run the self-test again in a minute, as lists may lag that long", nil)
		}
		r.seen = true
		return passed("Direct KV list() found test key")
	})
}

// deleteTest sends delete() in any case, and passes only if that proves something.
func (r *run) deleteTest(ctx context.Context) outcome {
	err := r.ns.Delete(ctx, r.key)
	switch {
	case !r.seen && err == nil:
		return skipped("the key was never seen, so its deletion would prove nothing; delete() was sent all the same")
	case !r.seen:
		return skipped(fmt.Sprintf("the key was never seen; delete() was sent all the same and failed: %v (if the key is there, it expires at %s)",
			err, r.expires.UTC().Format(time.RFC3339)))
	case err != nil:
		return r.callFailed(DeleteTest, err)
	}
	return passed("Direct KV delete() succeeded")
}

// cleanupVerify looks where the key was seen before: a list that never showed it has nothing to say now.
func (r *run) cleanupVerify(ctx context.Context) outcome {
	return await(ctx, func(ctx context.Context) outcome {
		_, err := r.ns.Get(ctx, r.key)
		switch {
		case err == nil:
			return lagging("Cleanup failed - key is still readable after delete()", r.leftBehind("the delete was acknowledged and not done"), nil)
		case !errors.Is(err, kv.ErrKeyNotFound):
			return r.callFailed(CleanupVerify, err)
		}
		if r.succeeded(ListTest) {
			shown, err := r.listed(ctx)
			switch {
			case err != nil:
				return r.callFailed(CleanupVerify, err)
			case shown:
				return lagging("Cleanup failed - list() still shows the key after delete()", r.leftBehind("the key was deleted, but lists still show it"), nil)
			}
		}
		return passed("Cleanup verified - key deleted")
	})
}

// maxPages bounds a list of what is at most one key: the real service may answer
// with empty pages that carry a cursor, a broken one without end.
const maxPages = 50

var errListPrefix = errors.New("list() returned a key outside the prefix it was given")

// listed says whether a list with the key as prefix shows it.
func (r *run) listed(ctx context.Context) (bool, error) {
	q := kv.ListQuery{Prefix: r.key, Limit: kv.MinListLimit}
	for range maxPages {
		page, err := r.ns.List(ctx, q)
		if err != nil {
			return false, err
		}
		for _, k := range page.Keys {
			if k.Name == r.key {
				return true, nil
			}
			if !strings.HasPrefix(k.Name, r.key) {
				return false, errListPrefix
			}
		}
		if page.Cursor == "" {
			return false, nil
		}
		q.Cursor = page.Cursor
	}
	return false, fmt.Errorf("list() gave %d pages without the key and without an end", maxPages)
}

// difference describes how two values differ without showing either.
func difference(want, got []byte) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	return fmt.Sprintf("%d bytes written, %d read, first difference at byte %d", len(want), len(got), at)
}
