package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/cloudflare/cloudflare-go/v7/kv"
	"github.com/cloudflare/cloudflare-go/v7/shared"

	"github.com/bindery-dev/bindery/conformance/gosdk/ask"
)

func updateValue(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceValueUpdateParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Value.Value, p.Value.Present = shared.UnionString(c.Value), true
	p.Expiration.Value, p.Expiration.Present = float64(c.Expiration), c.Expiration != 0
	p.ExpirationTTL.Value, p.ExpirationTTL.Present = float64(c.TTL), c.TTL != 0
	// As text: of a map the library makes a field for each member, which nobody understands.
	p.Metadata.Value, p.Metadata.Present = string(c.Metadata), c.Metadata != nil
	_, err := service(c).Values.Update(ctx, c.Namespace, segment(c.Key), p)
	return nil, err
}

func getValue(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceValueGetParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	r, err := service(c).Values.Get(ctx, c.Namespace, segment(c.Key), p)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

func deleteValue(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceValueDeleteParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	_, err := service(c).Values.Delete(ctx, c.Namespace, segment(c.Key), p)
	return nil, err
}

func getMetadata(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceMetadataGetParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	r, err := service(c).Metadata.Get(ctx, c.Namespace, segment(c.Key), p)
	if err != nil {
		return nil, err
	}
	return *r, nil
}

func listKeys(ctx context.Context, c ask.Call) (any, error) {
	page, err := service(c).Keys.List(ctx, c.Namespace, keyList(c))
	if err != nil {
		return nil, err
	}
	return ask.KeyPage{Keys: keys(page.Result), Cursor: page.ResultInfo.Cursor}, nil
}

func listAllKeys(ctx context.Context, c ask.Call) (any, error) {
	var all []kv.Key
	pager := service(c).Keys.ListAutoPaging(ctx, c.Namespace, keyList(c))
	for pager.Next() {
		all = append(all, pager.Current())
	}
	return ask.KeyPage{Keys: keys(all)}, pager.Err()
}

func keyList(c ask.Call) (p kv.NamespaceKeyListParams) {
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Prefix.Value, p.Prefix.Present = c.Prefix, c.Prefix != ""
	p.Cursor.Value, p.Cursor.Present = c.Cursor, c.Cursor != ""
	p.Limit.Value, p.Limit.Present = float64(c.Limit), c.Limit != 0
	return p
}

func keys(all []kv.Key) []ask.Key {
	keys := []ask.Key{}
	for _, k := range all {
		keys = append(keys, ask.Key{Name: k.Name, Expiration: int64(k.Expiration), Metadata: k.Metadata})
	}
	return keys
}

// values are those of a bulk get, as the library reads them. Of an answer in which one
// is null, as for a key that is not there, it reads none; only the text has them then.
func values[V any](read map[string]V, raw string) (any, error) {
	if len(read) > 0 {
		return read, nil
	}
	var r struct {
		Values map[string]any `json:"values"`
	}
	err := json.Unmarshal([]byte(raw), &r)
	return r.Values, err
}
