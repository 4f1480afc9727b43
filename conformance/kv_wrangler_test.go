//go:build npm

package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/server"
)

// command is something that wrangler does. Both of the lines run the same table, which
// gives docs/compatibility.md its rows.
type command = operation[*shell]

// commands are run group by group, each in an account of its own; within a group one
// after the other, as they build upon each other.
//
// A start of wrangler costs a second and a half of a processor, so what can be asked for
// in one command is: each flag, way to name a namespace and kind of body is in some row.
var commands = [][]command{
	{
		{name: "whoami", run: whoAmI},
		{name: "a token of several accounts, none named", refused: true, run: noAccount},
		{name: "an unknown token", refused: true, run: wrongToken},
		{name: "another account, with a token that does not see it", refused: true, run: foreignAccount},
		{name: "a namespace id of another account", refused: true, run: foreignNamespace},
		{name: "a token of the real Cloudflare", refused: true, run: realToken},
		{name: "throttled", refused: true, run: wranglerThrottled},
	},
	{
		{name: "namespace create --binding --update-config", run: createUpdateConfig},
		{name: "namespace create --env --preview", run: createPreview},
		{name: "namespace create, title taken", refused: true, run: createTwice},
		{name: "namespace create --jurisdiction", run: createJurisdiction},
		{name: "namespace create --experimental-mode instant", refused: true, run: createInstant},
		{name: "namespace list, the account found by membership", run: listNamespaces},
		{name: "namespace rename --namespace-id", run: renameByID},
		{name: "namespace rename OLD, title taken", refused: true, run: renameTaken},
		{name: "namespace delete NAME", run: deleteByTitle},
		{name: "namespace delete --namespace-id", run: deleteByID},
		{name: "namespace delete --binding --env --preview", run: deleteByBinding},
	},
	{
		{name: "key put --metadata --expiration", run: putText},
		{name: "key put --path --ttl, a key of odd characters", run: putFile},
		{name: "key put --path --metadata --binding --env --preview", run: putFilePreview},
		{name: "key put, empty file", run: putEmpty},
		{name: "key put, a time to live of 30 seconds", refused: true, run: putSoon},
		{name: "key get, a key of odd characters", run: getBytes},
		{name: "key get --text --binding --preview=false", run: getText},
		{name: "key get, no such key", refused: true, run: getMissing},
		{name: "key delete", run: deleteKey},
		{name: "key delete --binding --env --preview", run: deleteKeyPreview},
		{name: "key delete ..", refused: true, run: deleteDots},
	},
	{
		{name: "bulk put --binding --env --preview, 10,000 pairs", run: bulkPut},
		{name: "bulk put, one pair with a time to live of 30 seconds", refused: true, run: bulkPutSoon},
		{name: "key list --prefix --binding --env --preview, 10,000 keys", run: listKeys},
		{name: "bulk get, 100 keys", run: bulkGet},
		{name: "bulk get, 101 keys", refused: true, run: bulkGetTooMany},
		{name: "bulk delete --binding --env --preview, 10,000 keys", run: bulkDelete},
	},
}

// kvCommand is the command line of wrangler kv, against the server.
func kvCommand(args ...string) []string { return append(append([]string{"kv"}, args...), "--remote") }

func whoAmI(t *testing.T, s *shell) {
	said := s.as(t, "", s.token).run(t, "whoami")
	if !strings.Contains(said, s.account) || strings.Contains(said, s.foreign) {
		t.Errorf("with a token of one account:\n%s\nwant %s and not %s", said, s.account, s.foreign)
	}
}

func noAccount(t *testing.T, s *shell) {
	both := s.house.token(t, s.account, s.foreign)
	s.as(t, "", both).refused(t, s.foreign, "kv", "namespace", "list")
}

func wrongToken(t *testing.T, s *shell) {
	s.as(t, s.account, "nobody").refused(t, "Authentication error [code: 10000]", kvCommand("key", "put", "k", "v", "--namespace-id", s.production)...)
	s.lacks(t, s.production, "k")
}

func foreignAccount(t *testing.T, s *shell) {
	s.as(t, s.foreign, s.token).refused(t, "Authentication error [code: 10000]", kvCommand("key", "put", "k", "v", "--namespace-id", s.foreignNamespace)...)
	s.untouched(t)
}

func foreignNamespace(t *testing.T, s *shell) {
	s.refused(t, "put: 'namespace not found' [code: 10013]", kvCommand("key", "put", "k", "v", "--namespace-id", s.foreignNamespace)...)
	s.refused(t, "namespace not found [code: 10013]", "kv", "namespace", "delete", "--namespace-id", s.foreignNamespace)
	s.untouched(t)
}

func realToken(t *testing.T, s *shell) {
	real := "cfut_" + fmt.Sprintf("%040d", 7) + "deadbeef"
	s.as(t, s.account, real).refused(t, "this looks like a real Cloudflare token", kvCommand("key", "list", "--namespace-id", s.production)...)
}

// wrangler does not try again.
func wranglerThrottled(t *testing.T, s *shell) {
	busy := throttled(t, server.Throttle{Window: time.Hour}).shell(t, s.wrangler)
	busy.refused(t, "[code: 971]", kvCommand("key", "put", "again", "v", "--namespace-id", busy.production)...)
	busy.lacks(t, busy.production, "again")
}

// untouched checks that the other account's namespace is there and empty.
func (f *flat) untouched(t *testing.T) {
	t.Helper()
	page, err := f.own.Namespace(f.foreign, f.foreignNamespace).List(t.Context(), kv.ListQuery{})
	if err != nil || len(page.Keys) > 0 {
		t.Errorf("the namespace of the other account has the keys %v, %v; want it there and empty", names(page.Keys), err)
	}
}
