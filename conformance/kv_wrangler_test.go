//go:build npm

package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

// command is something that wrangler does. Both of the lines run the same table, which
// gives docs/compatibility.md its rows.
type command = operation[*shell]

// commands are run group by group, each in an account of its own; within a group one
// after the other, as they build upon each other.
var commands = [][]command{
	{
		{name: "whoami", run: whoAmI},
		{name: "an account found by membership", run: membership},
		{name: "a token of several accounts, none named", refused: true, run: noAccount},
		{name: "an unknown token", refused: true, run: wrongToken},
		{name: "another account, with a token that does not see it", refused: true, run: foreignAccount},
		{name: "a namespace id of another account", refused: true, run: foreignNamespace},
		{name: "a token of the real Cloudflare", refused: true, run: realToken},
	},
	{
		{name: "namespace create", run: createNamespace},
		{name: "namespace create, title taken", refused: true, run: createTwice},
		{name: "namespace create --preview", run: createPreview},
		{name: "namespace create --env", run: createEnv},
		{name: "namespace create --binding --update-config", run: createUpdateConfig},
		{name: "namespace create --jurisdiction", ignored: true, run: createJurisdiction},
		{name: "namespace create --experimental-mode instant", ignored: true, run: createInstant},
		{name: "namespace list", run: listNamespaces},
		{name: "namespace rename OLD", run: renameByTitle},
		{name: "namespace rename --namespace-id", run: renameByID},
		{name: "namespace rename, title taken", refused: true, run: renameTaken},
		{name: "namespace delete NAME", run: deleteByTitle},
		{name: "namespace delete --namespace-id", run: deleteByID},
		{name: "namespace delete, gone", refused: true, run: deleteGone},
		{name: "namespace delete --binding --preview", run: deleteByPreview},
		{name: "namespace delete --binding --env", run: deleteByEnv},
	},
	{
		{name: "key put --metadata --expiration", run: putText},
		{name: "key put --path --ttl", run: putFile},
		{name: "key put --path --metadata --preview", run: putFilePreview},
		{name: "key put --env", run: putEnv},
		{name: "key put, empty file", run: putEmpty},
		{name: "key put, a key of odd characters", run: putOdd},
		{name: "key put, a time to live of 30 seconds", refused: true, run: putSoon},
		{name: "key put, an expiration in the past", refused: true, run: putLate},
		{name: "key get", run: getBytes},
		{name: "key get --text --preview=false --binding", run: getText},
		{name: "key get --env", run: getEnv},
		{name: "key get, a key of odd characters", run: getOdd},
		{name: "key get, no such key", refused: true, run: getMissing},
		{name: "key delete", run: deleteKey},
		{name: "key delete --env", run: deleteKeyEnv},
		{name: "key delete --preview", run: deleteKeyPreview},
		{name: "key delete ..", refused: true, run: deleteDots},
	},
	{
		{name: "bulk put, 10,000 pairs", run: bulkPut},
		{name: "bulk put --preview", run: bulkPutPreview},
		{name: "bulk put, one pair with a time to live of 30 seconds", refused: true, run: bulkPutSoon},
		{name: "key list, 10,000 keys", run: listKeys},
		{name: "key list --prefix --preview", run: listPrefix},
		{name: "bulk get, 100 keys", run: bulkGet},
		{name: "bulk get, 101 keys", refused: true, run: bulkGetTooMany},
		{name: "bulk get, a value that is no text", refused: true, run: bulkGetBinary},
		{name: "bulk delete, 10,000 keys", run: bulkDelete},
		{name: "bulk delete --env", run: bulkDeleteEnv},
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

func membership(t *testing.T, s *shell) {
	got := map[string]string{}
	for _, n := range printed[[]namespace](t, s.as(t, "", s.token), "kv", "namespace", "list") {
		got[n.ID] = n.Title
	}
	if diff := cmp.Diff(s.titles(t), got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
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
	s.refused(t, "list keys: 'namespace not found' [code: 10013]", kvCommand("key", "list", "--namespace-id", s.foreignNamespace)...)
	s.refused(t, "namespace not found [code: 10013]", "kv", "namespace", "delete", "--namespace-id", s.foreignNamespace)
	s.untouched(t)
}

func realToken(t *testing.T, s *shell) {
	real := "cfut_" + fmt.Sprintf("%040d", 7) + "deadbeef"
	s.as(t, s.account, real).refused(t, "this looks like a real Cloudflare token", kvCommand("key", "list", "--namespace-id", s.production)...)
}

// untouched checks that the other account's namespace is there and empty.
func (f *flat) untouched(t *testing.T) {
	t.Helper()
	page, err := f.own.Namespace(f.foreign, f.foreignNamespace).List(t.Context(), kv.ListQuery{})
	if err != nil || len(page.Keys) > 0 {
		t.Errorf("the namespace of the other account has the keys %v, %v; want it there and empty", names(page.Keys), err)
	}
}
