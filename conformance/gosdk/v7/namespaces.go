package main

import (
	"context"

	"github.com/cloudflare/cloudflare-go/v7/kv"

	"github.com/bindery-dev/bindery/conformance/gosdk/ask"
)

func createNamespace(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceNewParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Title.Value, p.Title.Present = c.Title, true
	return namespace(service(c).New(ctx, p))
}

func getNamespace(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceGetParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	return namespace(service(c).Get(ctx, c.Namespace, p))
}

func updateNamespace(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceUpdateParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Title.Value, p.Title.Present = c.Title, true
	return namespace(service(c).Update(ctx, c.Namespace, p))
}

func deleteNamespace(ctx context.Context, c ask.Call) (any, error) {
	var p kv.NamespaceDeleteParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	_, err := service(c).Delete(ctx, c.Namespace, p)
	return nil, err
}

func listNamespaces(ctx context.Context, c ask.Call) (any, error) {
	page, err := service(c).List(ctx, namespaceList(c))
	if err != nil {
		return nil, err
	}
	all := []ask.Namespace{}
	for _, n := range page.Result {
		all = append(all, ask.Namespace{ID: n.ID, Title: n.Title})
	}
	return all, nil
}

func listAllNamespaces(ctx context.Context, c ask.Call) (any, error) {
	all := []ask.Namespace{}
	pager := service(c).ListAutoPaging(ctx, namespaceList(c))
	for pager.Next() {
		n := pager.Current()
		all = append(all, ask.Namespace{ID: n.ID, Title: n.Title})
	}
	return all, pager.Err()
}

func namespaceList(c ask.Call) (p kv.NamespaceListParams) {
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	p.Order.Value, p.Order.Present = kv.NamespaceListParamsOrder(c.Order), c.Order != ""
	p.Direction.Value, p.Direction.Present = kv.NamespaceListParamsDirection(c.Direction), c.Direction != ""
	p.Page.Value, p.Page.Present = float64(c.Page), c.Page != 0
	p.PerPage.Value, p.PerPage.Present = float64(c.PerPage), c.PerPage != 0
	return p
}

func namespace(n *kv.Namespace, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return ask.Namespace{ID: n.ID, Title: n.Title}, nil
}
