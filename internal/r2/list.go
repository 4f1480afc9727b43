package r2

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ListOptions ask for a page of a bucket's objects.
type ListOptions struct {
	Prefix    string
	Delimiter string // what lies behind it after the prefix is shown as one prefix
	After     string // key after which the page begins
	Cursor    string // of the page before
	Limit     int    // of objects and prefixes; 0 means MaxListed
	HTTP      bool   // show HTTP metadata
	Custom    bool   // show custom metadata
}

// Page is a page of a list, in the order of keys. Cursor is "" on the last.
type Page struct {
	Objects  []Object
	Prefixes []string
	Cursor   string
}

// List returns a page: ErrLimit. It reads all records below the prefix up to the page's end.
func (b *Bucket) List(ctx context.Context, o ListOptions) (page Page, err error) {
	limit := o.Limit
	switch {
	case limit == 0:
		limit = MaxListed
	case limit < 1 || limit > MaxListed:
		return Page{}, ErrLimit
	}
	if o.HTTP || o.Custom {
		limit = min(limit, MaxListedWhole)
	}
	after := o.After
	if o.Cursor != "" {
		last, err := base64.StdEncoding.DecodeString(o.Cursor)
		if err != nil {
			return Page{}, errCursor
		}
		after = max(after, string(last))
	}
	rows, last := 0, "" // shown, and the key at which they end
	base := b.key(keyObject)
	err = b.all.records.Scan(ctx, base+o.Prefix, func(at string, text []byte) error {
		key := at[len(base):]
		if after != "" && key <= after {
			return nil
		}
		group := ""
		if o.Delimiter != "" {
			if before, _, found := strings.Cut(key[len(o.Prefix):], o.Delimiter); found {
				group = o.Prefix + before + o.Delimiter
			}
		}
		if n := len(page.Prefixes); group != "" && n > 0 && page.Prefixes[n-1] == group {
			last = key
			return nil
		}
		if rows == limit {
			page.Cursor = base64.StdEncoding.EncodeToString([]byte(last))
			return errStop
		}
		rows, last = rows+1, key
		if group != "" {
			page.Prefixes = append(page.Prefixes, group)
			return nil
		}
		var r record
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("record of %q: %w", key, err)
		}
		if !o.HTTP {
			r.HTTP = HTTP{}
		}
		if !o.Custom {
			r.Custom = nil
		}
		page.Objects = append(page.Objects, r.Object)
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return Page{}, err
	}
	return page, nil
}
