package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/cloudflare/cloudflare-go/v7/kv"

	"github.com/bindery-dev/bindery/conformance/gosdk/ask"
)

func bulkUpdate(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceBulkUpdateParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	for _, pair := range c.Pairs {
		var b kv.NamespaceBulkUpdateParamsBody
		b.Key.Value, b.Key.Present = pair.Key, true
		b.Value.Value, b.Value.Present = pair.Value, true
		b.Base64.Value, b.Base64.Present = pair.Base64, pair.Base64
		b.Expiration.Value, b.Expiration.Present = float64(pair.Expiration), pair.Expiration != 0
		b.ExpirationTTL.Value, b.ExpirationTTL.Present = float64(pair.TTL), pair.TTL != 0
		if pair.Metadata != nil {
			b.Metadata.Present = true
			if err := json.Unmarshal(pair.Metadata, &b.Metadata.Value); err != nil {
				return nil, err
			}
		}
		p.Body = append(p.Body, b)
	}
	r, err := service(c).BulkUpdate(ctx, c.Namespace, p)
	if err != nil {
		return nil, err
	}
	return ask.Bulk{Successful: int(r.SuccessfulKeyCount), Unsuccessful: r.UnsuccessfulKeys}, nil
}

// keysBulkUpdate is the same call under the name that the library has deprecated.
func keysBulkUpdate(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceKeyBulkUpdateParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	for _, pair := range c.Pairs {
		var b kv.NamespaceKeyBulkUpdateParamsBody
		b.Key.Value, b.Key.Present = pair.Key, true
		b.Value.Value, b.Value.Present = pair.Value, true
		p.Body = append(p.Body, b)
	}
	//lint:ignore SA1019 its users are still there
	r, err := service(c).Keys.BulkUpdate(ctx, c.Namespace, p)
	if err != nil {
		return nil, err
	}
	return ask.Bulk{Successful: int(r.SuccessfulKeyCount), Unsuccessful: r.UnsuccessfulKeys}, nil
}

func bulkGet(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceBulkGetParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Keys.Value, p.Keys.Present = c.Keys, true
	p.Type.Value, p.Type.Present = kv.NamespaceBulkGetParamsType(c.Type), c.Type != ""
	p.WithMetadata.Value, p.WithMetadata.Present = c.WithMetadata, c.WithMetadata
	r, err := service(c).BulkGet(ctx, c.Namespace, p)
	if err != nil {
		return nil, err
	}
	switch u := r.AsUnion().(type) {
	case kv.NamespaceBulkGetResponseWorkersKVBulkGetResult:
		return values(u.Values, r.JSON.RawJSON())
	case kv.NamespaceBulkGetResponseWorkersKVBulkGetResultWithMetadata:
		return values(u.Values, r.JSON.RawJSON())
	}
	return nil, fmt.Errorf("the library read a %T", r.AsUnion())
}

func keysBulkGet(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceKeyBulkGetParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Keys.Value, p.Keys.Present = c.Keys, true
	//lint:ignore SA1019 its users are still there
	r, err := service(c).Keys.BulkGet(ctx, c.Namespace, p)
	if err != nil {
		return nil, err
	}
	u, ok := r.AsUnion().(kv.NamespaceKeyBulkGetResponseWorkersKVBulkGetResult)
	if !ok {
		return nil, fmt.Errorf("the library read a %T", r.AsUnion())
	}
	return values(u.Values, r.JSON.RawJSON())
}

func bulkDelete(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceBulkDeleteParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Body = c.Keys
	r, err := service(c).BulkDelete(ctx, c.Namespace, p)
	if err != nil {
		return nil, err
	}
	return ask.Bulk{Successful: int(r.SuccessfulKeyCount), Unsuccessful: r.UnsuccessfulKeys}, nil
}

func keysBulkDelete(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceKeyBulkDeleteParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Body = c.Keys
	//lint:ignore SA1019 its users are still there
	r, err := service(c).Keys.BulkDelete(ctx, c.Namespace, p)
	if err != nil {
		return nil, err
	}
	return ask.Bulk{Successful: int(r.SuccessfulKeyCount), Unsuccessful: r.UnsuccessfulKeys}, nil
}
