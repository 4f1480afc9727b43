package fleet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/d1"
	"github.com/bindery-dev/bindery/internal/fleet"
)

const databaseID = "6d3ab3c1-74b9-4b9c-8a5f-26b0b5aa8d9e"

const databaseBinding = `[{"name":"DB","type":"d1","id":"` + databaseID + `"}]`

// What a Worker writes into its database is there through the API, after a restart, and in no other account.
func TestDatabases(t *testing.T) {
	dropped := false
	h := newHouse(t, func(o *fleet.Options) {
		o.HasDatabase = func(_ context.Context, _, id string) (bool, error) { return id == databaseID && !dropped, nil }
	})
	const code = `export default { async fetch(r, env) { try {
		await env.DB.exec("CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY, what TEXT, bytes BLOB)");
		await env.DB.prepare("INSERT INTO seen (what, bytes) VALUES (?, ?)").bind("é' \"", new Uint8Array([0, 255])).run();
		return Response.json(await env.DB.prepare("SELECT count(*) AS n, what, bytes FROM seen").first()) } catch (e) { return new Response(e.message) } } }`
	h.deploy(account, "api", code, databaseBinding)
	h.deploy(other, "api", code, databaseBinding)
	h.expect("api.my-test", "/", 200, `{"n":1,"what":"é' \"","bytes":[0,255]}`)
	h.expect("api.my-test", "/", 200, `"n":2`)
	h.expect("api.other", "/", 200, `"n":1`)
	query := func(sql string) string {
		t.Helper()
		results, err := h.fleet.Query(t.Context(), account, databaseID, []d1.Statement{{SQL: sql}}, false)
		if err != nil {
			return err.Error()
		}
		var one struct{ Results json.RawMessage }
		if err := json.Unmarshal(results[0], &one); err != nil {
			t.Fatal(err)
		}
		return string(one.Results)
	}
	for _, c := range []struct{ sql, want string }{
		{"SELECT count(*) AS n FROM seen", `[{"n":2}]`},
		{"SELEC", `query failed: near "SELEC": syntax error at offset 0: SQLITE_ERROR`},
		{"-- nothing", "query failed: SQL code did not contain a statement."},
	} {
		if got := query(c.sql); got != c.want {
			t.Errorf("%s: got %s, want %s", c.sql, got, c.want)
		}
	}
	_, err := h.fleet.Query(t.Context(), account, databaseID, []d1.Statement{{SQL: "DELETE FROM seen"}, {SQL: "SELECT * FROM none"}}, false)
	if !errors.Is(err, d1.ErrQuery) || query("SELECT count(*) AS n FROM seen") != `[{"n":2}]` {
		t.Errorf("a batch whose second statement fails: got %v, and %s", err, query("SELECT count(*) AS n FROM seen"))
	}

	h.close()
	h.open()
	if got := query("SELECT count(*) AS n FROM seen"); got != `[{"n":2}]` {
		t.Errorf("after a restart: got %s", got)
	}
	if err := h.fleet.Drop(t.Context(), account, databaseID); err != nil {
		t.Fatal(err)
	}
	if got := query("SELECT count(*) AS n FROM seen"); !strings.Contains(got, "no such table: seen") {
		t.Errorf("after Drop: got %s", got)
	}
}

// A database that the account has lost is not made anew by a Worker that is still bound to it.
func TestDatabaseThatIsGone(t *testing.T) {
	h := newHouse(t, func(o *fleet.Options) {
		o.HasDatabase = func(context.Context, string, string) (bool, error) { return false, nil }
	})
	h.deploy(account, "api", `export default { async fetch(_, env) { try { await env.DB.exec("SELECT 1") } catch (e) { return new Response(e.message) } } }`, databaseBinding)
	h.expect("api.my-test", "/", 200, "database not found: "+databaseID)
}

// A query without end is killed as any other code is, and the database is there again for the next one.
func TestQueryWithoutEnd(t *testing.T) {
	h := newHouse(t, func(o *fleet.Options) { o.LoopLimit = 500 * time.Millisecond })
	ask := func(sql string) error {
		_, err := h.fleet.Query(t.Context(), account, databaseID, []d1.Statement{{SQL: sql}}, false)
		return err
	}
	err := ask("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
	if err == nil || !strings.Contains(err.Error(), "has ended while it was asked") {
		t.Errorf("got %v", err)
	}
	for !strings.Contains(h.log.String(), "Worker ended") {
		time.Sleep(time.Millisecond)
	}
	if err := ask("SELECT 1"); err != nil {
		t.Error(fmt.Errorf("the next query: %w", err))
	}
}
