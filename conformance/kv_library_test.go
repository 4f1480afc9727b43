//go:build npm

package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// calls are what the client libraries do, in one account a library and one after the
// other. They are named as in Cloudflare's API reference.
var calls = [][]operation[*user]{
	{
		{name: "namespaces.create", run: libraryCreate},
		{name: "namespaces.create, title taken", refused: true, run: libraryCreateTaken},
		{name: "namespaces.get", run: libraryGet},
		{name: "namespaces.get, malformed id", refused: true, run: libraryGetMalformed},
		{name: "namespaces.update", run: libraryUpdate},
		{name: "namespaces.list, all pages", run: libraryListAll},
		{name: "namespaces.list, a page by title, descending", run: libraryListPage},
		{name: "namespaces.delete", run: libraryDelete},
		{name: "namespaces.delete, gone", refused: true, run: libraryDeleteGone},
	},
	{
		{name: "values.update", run: libraryPut},
		{name: "values.update, metadata and time to live", run: libraryPutTTL},
		{name: "values.update, expiration", run: libraryPutExpiration},
		{name: "values.update, a key of odd characters", run: libraryPutOdd},
		{name: "values.update, a time to live of 30 seconds", refused: true, run: libraryPutSoon},
		{name: "values.get", run: libraryGetValue},
		{name: "values.get, no such key", refused: true, run: libraryGetMissing},
		{name: "metadata.get", run: libraryMetadata},
		{name: "metadata.get, a key without any", run: libraryMetadataNone},
		{name: "values.delete", run: libraryDeleteValue},
		{name: "values.delete, no such key", run: libraryDeleteMissing},
	},
	{
		{name: "namespaces.bulk_update, 10,000 pairs", run: libraryBulkPut},
		{name: "namespaces.bulk_update, a key of 513 bytes", refused: true, run: libraryBulkPutLong},
		{name: "keys.list, all pages of 10,000 keys", run: libraryKeysAll},
		{name: "keys.list, prefix, limit, cursor", run: libraryKeysPage},
		{name: "keys.list, limit 9", refused: true, run: libraryKeysLimit},
		{name: "namespaces.bulk_get", run: libraryBulkGet},
		{name: "namespaces.bulk_get, json with metadata", run: libraryBulkGetJSON},
		{name: "namespaces.bulk_get, a key missing", run: libraryBulkGetMissing},
		{name: "namespaces.bulk_get, 101 keys", refused: true, run: libraryBulkGetMany},
		{name: "namespaces.bulk_delete, 10,000 keys", run: libraryBulkDelete},
		{name: "keys.bulk_update, deprecated", run: libraryKeysBulkPut},
		{name: "keys.bulk_get, deprecated", run: libraryKeysBulkGet},
		{name: "keys.bulk_delete, deprecated", run: libraryKeysBulkDelete},
	},
	{
		{name: "an unknown token", refused: true, run: libraryWrongToken},
		{name: "another account, with a token that does not see it", refused: true, run: libraryForeignAccount},
		{name: "a namespace id of another account", refused: true, run: libraryForeignNamespace},
		{name: "throttled, tried again by the library itself", run: libraryThrottled},
	},
}

func libraryWrongToken(t *testing.T, u *user) {
	u.refused(t, 401, 10000, call{Call: "values.update", Token: "nobody", Namespace: u.production, Key: "k", Value: []byte("v")})
	u.lacks(t, u.production, "k")
}

func libraryForeignAccount(t *testing.T, u *user) {
	u.refused(t, 403, 10000, call{Call: "values.update", Account: u.foreign, Namespace: u.foreignNamespace, Key: "k", Value: []byte("v")})
	u.untouched(t)
}

func libraryForeignNamespace(t *testing.T, u *user) {
	u.refused(t, 404, 10013, call{Call: "values.update", Namespace: u.foreignNamespace, Key: "k", Value: []byte("v")})
	u.untouched(t)
}

// A front of the server says once what Cloudflare says to somebody who asks too often;
// a server that does so counts for minutes.
func libraryThrottled(t *testing.T, u *user) {
	target, err := url.Parse(u.house.server.BaseURL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: target.Scheme, Host: target.Host}) }}
	var requests atomic.Int32
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) > 1 {
			proxy.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"result":null,"success":false,"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}],"messages":[]}`)
	}))
	defer front.Close()
	u.run(t, call{Call: "values.update", BaseURL: front.URL + target.Path, Namespace: u.production, Key: "again", Value: []byte("v")}, nil)
	u.holds(t, u.production, "again", "v", "", 0)
	if n := requests.Load(); n != 2 {
		t.Errorf("the library sent %d requests, want 2", n)
	}
}
