package api_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/api"
)

// A file goes in as wrangler sends it: announced, brought without a token, run. It comes out by an address too.
func TestFilesOfSQL(t *testing.T) {
	databases := &told{}
	h := newHouse(t)
	h.serve(t, api.Options{Databases: databases})
	const path = "/accounts/" + accountA + "/d1/database"
	database := result(t, h.form("POST", path, `{"name":"shop"}`))["uuid"].(string)
	if got := result(t, h.form("GET", path+"/shop", "")); got["num_tables"] != 2.0 || got["file_size"] != 4096.0 {
		t.Errorf("info: got %v, want 2 tables in 4096 bytes", got)
	}
	const sql = "CREATE TABLE t (a); -- one\nINSERT INTO t VALUES (';');"
	sum := md5.Sum([]byte(sql))
	digest := hex.EncodeToString(sum[:])
	asked := func(action, digest string) string {
		return `{"action":"` + action + `","etag":"` + digest + `","filename":"f"}`
	}
	bring := func(address, content string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		h.handler.ServeHTTP(rec, httptest.NewRequest("PUT", address, strings.NewReader(content)))
		return rec
	}
	ingest := func(digest string) *httptest.ResponseRecorder {
		return h.form("POST", path+"/shop/import", asked("ingest", digest))
	}

	began := result(t, h.form("POST", path+"/shop/import", asked("init", digest)))
	address := began["upload_url"].(string)
	if !strings.HasPrefix(address, "http://example.com"+api.Prefix+"/") || !strings.Contains(began["filename"].(string), database) {
		t.Errorf("init: got %v, want an address on the host that was asked, and a name of the database %s", began, database)
	}
	for what, rec := range map[string]*httptest.ResponseRecorder{
		"another content":      bring(address, sql+" "),
		"another word":         bring(address+"x", sql),
		"run before it came":   ingest(digest),
		"an etag that is none": h.form("POST", path+"/shop/import", asked("init", "x")),
		"an unknown action":    h.form("POST", path+"/shop/import", asked("stop", digest)),
		"of another database":  h.form("POST", path+"/none/import", asked("init", digest)),
	} {
		if rec.Code < 400 || rec.Code > 404 {
			t.Errorf("%s: got %d %s, want 400, 401 or 404", what, rec.Code, rec.Body)
		}
	}
	if rec := bring(address, sql); rec.Code != 200 || rec.Header().Get("ETag") != `"`+digest+`"` {
		t.Fatalf("bring: got %d %s %s, want the digest as ETag", rec.Code, rec.Header(), rec.Body)
	}
	done := result(t, ingest(digest))
	if how := done["result"].(map[string]any); done["status"] != "complete" || how["num_queries"] != 2.0 || how["final_bookmark"] != "b" {
		t.Errorf("ingest: got %v, want two queries, complete", done)
	}
	if want := `load [{"sql":"CREATE TABLE t (a)"},{"sql":"-- one\nINSERT INTO t VALUES (';')"}]`; databases.asked != want {
		t.Errorf("the database was asked %s, want %s", databases.asked, want)
	}
	if rec := ingest(digest); rec.Code != 404 {
		t.Errorf("run again: got %d %s, want 404", rec.Code, rec.Body)
	}
	if got := result(t, h.form("POST", path+"/shop/import", `{"action":"poll","current_bookmark":"b"}`)); got["success"] != false || got["error"] != "Not currently importing anything." {
		t.Errorf("poll: got %v", got)
	}

	out := result(t, h.form("POST", path+"/shop/export", `{"output_format":"polling","dump_options":{"no_data":true,"tables":["t"]}}`))
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, httptest.NewRequest("GET", out["result"].(map[string]any)["signed_url"].(string), nil))
	if want := `-- {"tables":["t"],"no_data":true}`; rec.Code != 200 || rec.Body.String() != want {
		t.Errorf("export: got %d %s, want %s", rec.Code, rec.Body, want)
	}
}

// What SQL is wrong of a file is said as of a query.
func TestAFileOfWrongSQL(t *testing.T) {
	h := newHouse(t)
	const path, sql = "/accounts/" + accountA + "/d1/database", "SELECT * FROM none"
	result(t, h.form("POST", path, `{"name":"shop"}`))
	sum := md5.Sum([]byte(sql))
	text, _ := json.Marshal(map[string]string{"action": "init", "etag": hex.EncodeToString(sum[:])})
	address := result(t, h.form("POST", path+"/shop/import", string(text)))["upload_url"].(string)
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, httptest.NewRequest("PUT", address, strings.NewReader(sql)))
	rec = h.form("POST", path+"/shop/import", strings.Replace(string(text), "init", "ingest", 1))
	if rec.Code != 400 || !strings.Contains(rec.Body.String(), `"code":7500,"message":"no such table: none: SQLITE_ERROR"`) {
		t.Errorf("got %d %s, want 7500 with SQLite's words", rec.Code, rec.Body)
	}
}
