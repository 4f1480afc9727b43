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

// A file is run whole or not at all, and what is exported makes the same database again, to the last digit.
func TestFilesOfDatabases(t *testing.T) {
	const copied = "7d3ab3c1-74b9-4b9c-8a5f-26b0b5aa8d9e"
	h := newHouse(t, func(o *fleet.Options) {
		o.HasDatabase = func(context.Context, string, string) (bool, error) { return true, nil }
	})
	load := func(id, text string) error {
		t.Helper()
		var all []d1.Statement
		for _, sql := range d1.Split(text) {
			all = append(all, d1.Statement{SQL: sql})
		}
		done, err := h.fleet.Load(t.Context(), account, id, all)
		if err == nil && (done.Bookmark == "" || !strings.Contains(string(done.Meta), "rows_written")) {
			t.Errorf("%s: done with %s, %s; want a bookmark and how many rows", text, done.Bookmark, done.Meta)
		}
		return err
	}
	export := func(id string, what d1.Export) string {
		t.Helper()
		text, err := h.fleet.Export(t.Context(), account, id, what)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if used, err := h.fleet.Usage(t.Context(), account, databaseID); err != nil || used.Tables != 0 {
		t.Errorf("before: %+v, %v; want nothing", used, err)
	}
	const text = `CREATE TABLE "named "" so" (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT, raw BLOB, big INTEGER, n REAL, g INTEGER AS (id + 1));
		INSERT INTO "named "" so" (id, note, raw, big, n) VALUES (7, 'it''s; é', X'00FF', 9007199254740993, 0.1), (8, NULL, NULL, NULL, NULL);
		CREATE INDEX i ON "named "" so" (note); CREATE VIEW v AS SELECT 1; CREATE TRIGGER r AFTER DELETE ON "named "" so" BEGIN SELECT 1; END;`
	if err := load(databaseID, text); err != nil {
		t.Fatal(err)
	}
	if err := load(databaseID, `DELETE FROM "named "" so"; INSERT INTO none VALUES (1)`); !errors.Is(err, d1.ErrQuery) {
		t.Errorf("a file whose second statement fails: %v, want ErrQuery", err)
	}
	first := export(databaseID, d1.Export{})
	for _, want := range []string{`(7,'it''s; é',X'00FF',9007199254740993,0.1)`, "(8,NULL,NULL,NULL,NULL)", "CREATE TRIGGER r", "CREATE VIEW v", "CREATE INDEX i"} {
		if !strings.Contains(first, want) {
			t.Errorf("exported\n%s\nwant %s in it", first, want)
		}
	}
	if err := load(copied, first); err != nil {
		t.Fatal(err)
	}
	if again := export(copied, d1.Export{}); again != first {
		t.Errorf("exported, loaded, exported\n%s\nwant\n%s", again, first)
	}
	if used, err := h.fleet.Usage(t.Context(), account, copied); err != nil || used.Tables != 1 || used.Bytes == 0 {
		t.Errorf("a copy: %+v, %v; want one table", used, err)
	}
	if bare := export(copied, d1.Export{NoSchema: true, Tables: []string{`named " so`}}); strings.Contains(bare, "CREATE") || strings.Contains(bare, "sqlite_sequence") || !strings.Contains(bare, "é") {
		t.Errorf("rows of one table:\n%s", bare)
	}
	if bare := export(copied, d1.Export{NoData: true}); strings.Contains(bare, "INSERT") || !strings.Contains(bare, "CREATE TABLE") {
		t.Errorf("the schema alone:\n%s", bare)
	}
}
