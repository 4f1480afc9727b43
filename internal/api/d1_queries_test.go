package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/d1"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// told notes what databases were asked. Real ones need workerd: internal/fleet and conformance have them.
type told struct{ asked string }

func (d *told) Query(_ context.Context, _, _ string, all []d1.Statement, columns bool) ([]json.RawMessage, error) {
	text, _ := json.Marshal(all)
	d.asked += fmt.Sprintf("%s %v", text, columns)
	if strings.Contains(string(text), "none") {
		return nil, &d1.QueryError{Text: "no such table: none: SQLITE_ERROR"}
	}
	return []json.RawMessage{json.RawMessage(`{"success":true,"meta":{},"results":[{"1":1}]}`)}, nil
}

func (d *told) Load(_ context.Context, _, _ string, all []d1.Statement) (d1.Loaded, error) {
	text, _ := json.Marshal(all)
	d.asked += "load " + string(text)
	if strings.Contains(string(text), "none") {
		return d1.Loaded{}, &d1.QueryError{Text: "no such table: none: SQLITE_ERROR"}
	}
	return d1.Loaded{Meta: json.RawMessage(`{"duration":1}`), Bookmark: "b"}, nil
}

func (d *told) Export(_ context.Context, _, _ string, what d1.Export) ([]byte, error) {
	text, _ := json.Marshal(what)
	return append([]byte("-- "), text...), nil
}

func (d *told) Usage(context.Context, string, string) (d1.Usage, error) {
	return d1.Usage{Tables: 2, Bytes: 4096}, nil
}

func (d *told) Drop(context.Context, string, string) error {
	d.asked += "drop"
	return nil
}

func TestQueriesOfDatabases(t *testing.T) {
	store := memkv.New(memkv.Options{})
	p, err := platform.Open(store, store, platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	account, err := p.EnsureAccount(t.Context(), "test", "")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := p.CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	databases := &told{}
	h := newAPI(p, store, store, api.Options{Databases: databases})
	ask := func(method, path, body string) (int, string) {
		r := httptest.NewRequest(method, api.Prefix+"/accounts/"+account.ID+"/d1/database"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if status, body := ask("POST", "", `{"name":"shop"}`); status != http.StatusOK {
		t.Fatal(body)
	}
	for _, c := range []struct {
		path, body string
		status     int
		want       string // of the answer
		asked      string
	}{
		{"/shop/query", `{"sql":"SELECT 1; SELECT ';'"}`, 200, `"result":[{"success":true,`, `[{"sql":"SELECT 1"},{"sql":"SELECT ';'"}] false`},
		{"/shop/raw", `{"sql":"SELECT ?","params":["x",9007199254740993]}`, 200, `"result":[{"success":true,`, `[{"sql":"SELECT ?","params":["x",9007199254740993]}] true`},
		{"/shop/query", `{"batch":[{"sql":"SELECT ?","params":[1]},{"sql":"SELECT 2"}]}`, 200, `"success":true`, `[{"sql":"SELECT ?","params":[1]},{"sql":"SELECT 2"}] false`},
		{"/shop/query", `{"sql":" -- nothing"}`, 200, `"success":true`, `[{"sql":" -- nothing"}] false`},
		{"/shop/query", `{"sql":"SELECT * FROM none"}`, 400, `"code":7500,"message":"no such table: none: SQLITE_ERROR"`, `[{"sql":"SELECT * FROM none"}] false`},
		{"/shop/query", `{"sql":"SELECT ?; SELECT ?","params":[1,2]}`, 400, `"code":7400`, ""},
		{"/shop/query", `{"sql":"SELECT ?","params":{"a":1}}`, 400, `"code":7400`, ""},
		{"/other/query", `{"sql":"SELECT 1"}`, 404, `"code":7404,"message":"The database other could not be found"`, ""},
	} {
		databases.asked = ""
		status, body := ask("POST", c.path, c.body)
		if status != c.status || !strings.Contains(body, c.want) || databases.asked != c.asked {
			t.Errorf("POST %s %s: got %d %s, and asked %s; want %d with %s, and %s", c.path, c.body, status, body, databases.asked, c.status, c.want, c.asked)
		}
	}
	databases.asked = ""
	if status, body := ask("DELETE", "/shop", ""); status != 200 || databases.asked != "drop" {
		t.Errorf("delete: got %d %s, and asked %s", status, body, databases.asked)
	}
	h = newAPI(p, store, store, api.Options{})
	_, _ = ask("POST", "", `{"name":"shop"}`)
	if status, body := ask("POST", "/shop/query", `{"sql":"SELECT 1"}`); status != 400 || !strings.Contains(body, "has no workerd") {
		t.Errorf("without workerd: got %d %s", status, body)
	}
}
