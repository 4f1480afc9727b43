package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// A cursor goes on where it stood, though the key it points at and those beside it are
// gone, and the server was restarted.
func TestCursorsSurvive(t *testing.T) {
	const account, namespace = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	dir := t.TempDir()
	s := start(t, server.Options{Data: dir})
	_, err := s.Platform().EnsureAccount(t.Context(), "test", account)
	_, err2 := s.Platform().CreateNamespace(t.Context(), account, namespace, "t")
	token, _, err3 := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body string, result any) {
		t.Helper()
		status, text, err := fetch(t, method, s.BaseURL()+"/accounts/"+account+"/storage/kv/namespaces/"+namespace+path, token, body)
		if err != nil || status != 200 {
			t.Fatalf("%s %s: %d %s, %v", method, path, status, text, err)
		}
		if err := json.Unmarshal([]byte(text), result); err != nil {
			t.Fatal(err)
		}
	}
	type page struct {
		Result []struct{ Name string }
		Info   struct{ Cursor string } `json:"result_info"`
	}
	names := func(p page) (all []string) {
		for _, k := range p.Result {
			all = append(all, k.Name)
		}
		return all
	}
	var pairs, keys []string
	for i := range 40 {
		keys = append(keys, fmt.Sprintf("é/%02d", i))
		pairs = append(pairs, fmt.Sprintf(`{"key":%q,"value":""}`, keys[i]))
	}
	pairs = append(pairs, `{"key":"z","value":""}`) // outside the prefix
	ask("PUT", "/bulk", "["+strings.Join(pairs, ",")+"]", new(any))

	list := "/keys?limit=10&prefix=" + url.QueryEscape("é/")
	var first, second, third page
	ask("GET", list, "", &first)
	if diff := cmp.Diff(keys[:10], names(first)); diff != "" {
		t.Fatalf("first page (-want +got):\n%s", diff)
	}
	ask("POST", "/bulk/delete", fmt.Sprintf(`[%q,%q,%q]`, keys[8], keys[9], keys[10]), new(any))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, server.Options{Data: dir})
	ask("GET", list+"&cursor="+url.QueryEscape(first.Info.Cursor), "", &second)
	if diff := cmp.Diff(keys[11:21], names(second)); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	ask("POST", "/bulk/delete", fmt.Sprintf(`["%s"]`, strings.Join(keys[20:], `","`)), new(any))
	ask("GET", list+"&cursor="+url.QueryEscape(second.Info.Cursor), "", &third)
	if len(third.Result) != 0 || third.Info.Cursor != "" {
		t.Errorf("after all the rest is gone: got %q and cursor %q, want neither", names(third), third.Info.Cursor)
	}
}
