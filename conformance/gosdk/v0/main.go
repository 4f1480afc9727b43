// Command v0 drives the KV and token calls of the older of Cloudflare's Go libraries, which
// many programs still use, as package ask says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"

	"github.com/cloudflare/cloudflare-go"

	"github.com/bindery-dev/bindery/conformance/gosdk/ask"
)

func main() {
	log.SetFlags(0)
	if err := ask.Serve("github.com/cloudflare/cloudflare-go", calls, describe); err != nil {
		log.Fatal(err)
	}
}

var calls = map[string]ask.Func{
	"namespaces.create":     with(createNamespace),
	"namespaces.update":     with(updateNamespace),
	"namespaces.delete":     with(deleteNamespace),
	"namespaces.list":       with(listNamespaces),
	"namespaces.list all":   with(listAllNamespaces),
	"namespaces.bulkUpdate": with(bulkUpdate),
	"namespaces.bulkDelete": with(bulkDelete),
	"keys.list":             with(listKeys),
	"values.update":         with(updateValue),
	"values.get":            with(getValue),
	"values.delete":         with(deleteValue),

	"user.tokens.create":       with(tokenCreate),
	"user.tokens.get":          with(tokenGet),
	"user.tokens.list":         with(tokenList),
	"user.tokens.update":       with(tokenUpdate),
	"user.tokens.verify":       with(tokenVerify),
	"user.tokens.value.update": with(tokenRoll),
	"user.tokens.delete":       with(tokenDelete),
	"user.tokens.groups":       with(tokenGroups),
}

// with opens the library for a call.
func with(call func(context.Context, *cloudflare.API, *cloudflare.ResourceContainer, ask.Call) (any, error)) ask.Func {
	return func(ctx context.Context, c ask.Call) (any, error) {
		api, err := cloudflare.NewWithAPIToken(c.Token, cloudflare.BaseURL(c.BaseURL))
		if err != nil {
			return nil, err
		}
		return call(ctx, api, cloudflare.AccountIdentifier(c.Account), c)
	}
}

func describe(err error) (status, code int) {
	var e *cloudflare.Error
	if !errors.As(err, &e) {
		return 0, 0
	}
	if len(e.ErrorCodes) > 0 {
		code = e.ErrorCodes[0]
	}
	return e.StatusCode, code
}

func createNamespace(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	r, err := api.CreateWorkersKVNamespace(ctx, account, cloudflare.CreateWorkersKVNamespaceParams{Title: c.Title})
	return ask.Namespace{ID: r.Result.ID, Title: r.Result.Title}, err
}

// updateNamespace asks for nothing back: the library drops what the answer says.
func updateNamespace(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	_, err := api.UpdateWorkersKVNamespace(ctx, account, cloudflare.UpdateWorkersKVNamespaceParams{NamespaceID: c.Namespace, Title: c.Title})
	return nil, err
}

func deleteNamespace(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	_, err := api.DeleteWorkersKVNamespace(ctx, account, c.Namespace)
	return nil, err
}

func listNamespaces(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	if c.Order != "" || c.Direction != "" {
		return nil, ask.ErrAbsent
	}
	info := cloudflare.ResultInfo{Page: c.Page, PerPage: c.PerPage}
	return namespaces(api.ListWorkersKVNamespaces(ctx, account, cloudflare.ListWorkersKVNamespacesParams{ResultInfo: info}))
}

func listAllNamespaces(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, _ ask.Call) (any, error) {
	return namespaces(api.ListWorkersKVNamespaces(ctx, account, cloudflare.ListWorkersKVNamespacesParams{}))
}

func namespaces(all []cloudflare.WorkersKVNamespace, _ *cloudflare.ResultInfo, err error) (any, error) {
	shown := []ask.Namespace{}
	for _, n := range all {
		shown = append(shown, ask.Namespace{ID: n.ID, Title: n.Title})
	}
	return shown, err
}

func bulkUpdate(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	var sent []*cloudflare.WorkersKVPair
	for _, p := range c.Pairs {
		pair := &cloudflare.WorkersKVPair{Key: p.Key, Value: p.Value, Base64: p.Base64, Expiration: int(p.Expiration), ExpirationTTL: int(p.TTL)}
		if p.Metadata != nil {
			if err := json.Unmarshal(p.Metadata, &pair.Metadata); err != nil {
				return nil, err
			}
		}
		sent = append(sent, pair)
	}
	_, err := api.WriteWorkersKVEntries(ctx, account, cloudflare.WriteWorkersKVEntriesParams{NamespaceID: c.Namespace, KVs: sent})
	return nil, err
}

func bulkDelete(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	_, err := api.DeleteWorkersKVEntries(ctx, account, cloudflare.DeleteWorkersKVEntriesParams{NamespaceID: c.Namespace, Keys: c.Keys})
	return nil, err
}

func listKeys(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	r, err := api.ListWorkersKVKeys(ctx, account, cloudflare.ListWorkersKVsParams{NamespaceID: c.Namespace, Limit: c.Limit, Cursor: c.Cursor, Prefix: c.Prefix})
	page := ask.KeyPage{Keys: []ask.Key{}, Cursor: r.Cursor}
	for _, k := range r.Result {
		page.Keys = append(page.Keys, ask.Key{Name: k.Name, Expiration: int64(k.Expiration), Metadata: k.Metadata})
	}
	return page, err
}

// updateValue has neither metadata nor an expiration: the library sends the bytes.
func updateValue(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	if c.Metadata != nil || c.Expiration != 0 || c.TTL != 0 {
		return nil, ask.ErrAbsent
	}
	_, err := api.WriteWorkersKVEntry(ctx, account, cloudflare.WriteWorkersKVEntryParams{NamespaceID: c.Namespace, Key: c.Key, Value: c.Value})
	return nil, err
}

func getValue(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	return api.GetWorkersKV(ctx, account, cloudflare.GetWorkersKVParams{NamespaceID: c.Namespace, Key: c.Key})
}

func deleteValue(ctx context.Context, api *cloudflare.API, account *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	_, err := api.DeleteWorkersKVEntry(ctx, account, cloudflare.DeleteWorkersKVEntryParams{NamespaceID: c.Namespace, Key: c.Key})
	return nil, err
}
