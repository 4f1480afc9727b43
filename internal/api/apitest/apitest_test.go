package apitest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/api/apitest"
)

func TestDocumentIsValid(t *testing.T) {
	if _, err := apitest.Load(); err != nil {
		t.Error(err)
	}
}

// What the document does not have is reported, and what it has is not.
func TestCheck(t *testing.T) {
	const (
		namespaces = "/accounts/0123456789abcdef0123456789abcdef/storage/kv/namespaces"
		namespace  = namespaces + "/0123456789abcdef0123456789abcdef"
		done       = `{"result":null,"errors":[],"messages":[],"success":true}`
		failed     = `{"result":null,"errors":[{"code":%d,"message":"m"}],"messages":[],"success":false}`
	)
	notFound := fmt.Sprintf(failed, 10009)
	for _, row := range []struct {
		name               string
		method, path, body string
		status             int
		answer             string
		says               string // "" if nothing is to be reported
	}{
		{"a success", "DELETE", namespace, "", 200, done, ""},
		{"a failure", "GET", namespace + "/values/a%2Fb", "", 404, notFound, ""},
		{"a malformed request that is refused", "PUT", namespace, `{}`, 400, fmt.Sprintf(failed, 10019), ""},
		{"nowhere", "GET", "/nowhere", "", 404, fmt.Sprintf(failed, 7003), ""},
		{"no such method", "PATCH", namespace, "", 405, fmt.Sprintf(failed, 10405), ""},
		{"HEAD", "HEAD", namespace + "/values/k", "", 200, "", ""},

		{"a member that is not there", "DELETE", namespace, "", 200, strings.Replace(done, "{", `{"extra":1,`, 1), "extra"},
		{"a result of another kind", "DELETE", namespace, "", 200, strings.Replace(done, "null", `{}`, 1), "result"},
		{"a member that is missing", "DELETE", namespace, "", 200, strings.Replace(done, `"errors":[],`, "", 1), "errors"},
		{"no JSON", "DELETE", namespace, "", 200, "gone", "the answer"},
		{"a success that says it is none", "DELETE", namespace, "", 200, strings.Replace(done, "true", "false", 1), "success"},
		{"a status that is not there", "DELETE", namespace, "", 204, "", "status is not supported"},
		{"a code that is not there", "GET", namespace + "/values/k", "", 404, fmt.Sprintf(failed, 10010), "code"},
		{"a code of another status", "GET", namespace + "/values/k", "", 403, notFound, "code"},
		{"nowhere, and yet", "DELETE", namespace + "/", "", 200, done, "status is not supported"},
		{"no such method, and yet", "POST", namespace, "", 200, done, "status is not supported"},
		{"a malformed body that is taken", "PUT", namespace, `{"title":7}`, 200, done, "the request"},
		{"a malformed query that is taken", "GET", namespaces + "?page=0", "", 200, done, "page"},
		{"a malformed id that is taken", "GET", namespaces + "/0", "", 200, done, "namespace"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var reported []string
			handler := apitest.Check(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json; charset=UTF-8")
				if row.method == "HEAD" {
					w.Header().Set("Content-Type", "application/octet-stream")
				}
				w.Header().Set("CF-RAY", "0123456789abcdef-BND")
				var body [1 << 10]byte
				_, _ = r.Body.Read(body[:])
				w.WriteHeader(row.status)
				fmt.Fprint(w, row.answer)
			}), func(format string, args ...any) { reported = append(reported, fmt.Sprintf(format, args...)) })
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(row.method, api.Prefix+row.path, strings.NewReader(row.body)))
			switch {
			case row.says == "" && len(reported) > 0:
				t.Errorf("reported: %s", reported)
			case row.says != "" && (len(reported) != 1 || !strings.Contains(reported[0], row.says)):
				t.Errorf("reported %q, want one difference that says %q", reported, row.says)
			}
		})
	}
}
