package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// After a rollback the latest version is not what serves: to change a secret would deploy it unasked. What
// is said is what wrangler looks for.
func TestSecretsAfterARollback(t *testing.T) {
	h := newHouse(t)
	first := dashed(result(t, h.deploy(upload(""))))
	for _, secret := range []string{`{"name":"KEY","text":"k"}`, `{"name":"OTHER","text":"o"}`} {
		result(t, h.form("PUT", scriptOfA+"/secrets", secret))
	}
	rollback := func(query string) *httptest.ResponseRecorder {
		return h.form("POST", scriptOfA+"/deployments"+query, `{"strategy":"percentage","versions":[{"version_id":"`+first+`","percentage":100}]}`)
	}
	said := errorsOf(t, rollback(""))
	if len(said) != 1 || !strings.HasPrefix(said[0], "10220 ") || !strings.HasSuffix(said[0], "The following secrets have changed: KEY, OTHER") {
		t.Errorf("rollback: got %q, want 10220 with the names of both", said)
	}
	result(t, rollback("?force=true"))
	before := h.form("GET", scriptOfA+"/deployments", "").Body.String()
	bulk := form(part{"settings", "", `{"bindings":[{"type":"secret_text","name":"NEW","text":"n"}]}`})
	for _, row := range []struct{ what, method, path, body, code string }{
		{"secret put", "PUT", "/secrets", `{"name":"KEY","text":"x","type":"secret_text"}`, "10215"},
		{"secret delete", "DELETE", "/secrets/KEY?url_encoded=true", "", "10215"},
		{"secret bulk", "PATCH", "/secrets-bulk", `{"secrets":{"KEY":{"name":"KEY","text":"x","type":"secret_text"}}}`, "10215"},
		{"secret bulk of older wranglers", "PATCH", "/settings", bulk, "10214"},
	} {
		if said := errorsOf(t, h.form(row.method, scriptOfA+row.path, row.body)); len(said) != 1 || !strings.HasPrefix(said[0], row.code+" ") {
			t.Errorf("%s: got %q, want one error of code %s", row.what, said, row.code)
		}
	}
	if diff := cmp.Diff(before, h.form("GET", scriptOfA+"/deployments", "").Body.String()); diff != "" {
		t.Errorf("what was refused changed the deployments (-before +after):\n%s", diff)
	}
	latest := result(t, h.form("PATCH", "/accounts/"+accountA+"/workers/workers/api/versions/latest", `{"env":{"LATER":{"type":"secret_text","text":"l"}}}`))
	if latest["id"] == "" {
		t.Errorf("versions secret put: got %v, want a version", latest)
	}
}

// dashed is the id of a version that was deployed with PUT, which answers it as 32 digits.
func dashed(deployed map[string]any) string {
	id := deployed["deployment_id"].(string)
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}
