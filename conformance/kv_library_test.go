//go:build npm

package conformance

import (
	"slices"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/server"
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
		{name: "values.update, an expiration in the past", refused: true, run: libraryPutLate},
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
		{name: "namespaces.bulk_get, a value that is no text", refused: true, run: libraryBulkGetBinary},
		{name: "namespaces.bulk_delete, 10,000 keys", run: libraryBulkDelete},
		{name: "keys.bulk_update, deprecated", run: libraryKeysBulkPut},
		{name: "keys.bulk_get, deprecated", run: libraryKeysBulkGet},
		{name: "keys.bulk_delete, deprecated", run: libraryKeysBulkDelete},
	},
	tokenCalls("user.tokens"),
	tokenCalls("accounts.tokens"),
	{
		{name: "an unknown token", refused: true, run: libraryWrongToken},
		{name: "another account, with a token that does not see it", refused: true, run: libraryForeignAccount},
		{name: "a namespace id of another account", refused: true, run: libraryForeignNamespace},
		{name: "throttled, tried again by the library itself", run: libraryThrottled},
		{name: "namespaces.bulk_update, a key throttled", run: libraryKeyThrottled},
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

// Each library waits as long as it is told to, or longer.
func libraryThrottled(t *testing.T, u *user) {
	busy := &user{flat: throttled(t, server.Throttle{Window: 2 * time.Second}), library: u.library}
	busy.run(t, call{Call: "values.update", Namespace: busy.production, Key: "again", Value: []byte("v")}, nil)
	busy.holds(t, busy.production, "again", "v", "", 0)
	if busy.house.refusals(t, "value_put") == 0 {
		t.Error("the library was not throttled")
	}
}

// A key that may not be put again yet is in the answer of a bulk put, which is a success
// all the same.
func libraryKeyThrottled(t *testing.T, u *user) {
	busy := &user{flat: newHouse(t, server.Throttle{KeyInterval: time.Hour}).flat(t, "busy"), library: u.library}
	busy.put(t, busy.production, kv.Pair{Key: "again", Item: kv.Item{Value: []byte("v")}})
	var got counted
	busy.run(t, call{Call: "namespaces.bulkUpdate", Namespace: busy.production, Pairs: []bulkPair{{Key: "again", Value: "w"}, {Key: "new", Value: "w"}}}, &got)
	if want := (counted{Successful: 1, Unsuccessful: []string{"again"}}); !slices.Equal(got.Unsuccessful, want.Unsuccessful) || got.Successful != want.Successful {
		if got.Successful != 0 || got.Unsuccessful != nil { // the library tells something
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	busy.holds(t, busy.production, "again", "v", "", 0)
	busy.holds(t, busy.production, "new", "w", "", 0)
}
