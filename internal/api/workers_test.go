package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
)

const (
	scriptOfA = "/accounts/" + accountA + "/workers/scripts/api"
	esModule  = "application/javascript+module"
)

// part is one of an upload's form.
type part struct{ name, kind, content string }

func form(parts ...part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%q; filename=%q\r\n", p.name, p.name)
		if p.kind != "" {
			fmt.Fprintf(&b, "Content-Type: %s\r\n", p.kind)
		}
		fmt.Fprintf(&b, "\r\n%s\r\n", p.content)
	}
	return b.String() + "--b--\r\n"
}

// upload is a module Worker with this metadata beside main_module.
func upload(metadata string) string {
	return form(part{"metadata", "", `{"main_module":"i.js"` + metadata + `}`}, part{"i.js", esModule, "export default {}"})
}

// noise is so many characters of six bits each, which are random, and the same in each run.
func noise(n int) string {
	text := make([]byte, n)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(text) // never fails
	for i, b := range text {
		text[i] = '0' + b&63
	}
	return string(text)
}

// deploy sends the body of an upload as the holder of a's edit token.
func (h *house) deploy(body string) *httptest.ResponseRecorder { return h.form("PUT", scriptOfA, body) }

func (h *house) form(method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+h.tokens["a"])
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	req.Header.Set("User-Agent", "wrangler/4.86.0")
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

// result is that of a call which has to work.
func result(t *testing.T, rec *httptest.ResponseRecorder) (v map[string]any) {
	t.Helper()
	var e struct{ Result map[string]any }
	if err := json.Unmarshal(rec.Body.Bytes(), &e); err != nil || rec.Code != 200 {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	return e.Result
}

// errorsOf are "code message" of all entries.
func errorsOf(t *testing.T, rec *httptest.ResponseRecorder) (all []string) {
	t.Helper()
	var e wire.Envelope[any]
	if err := json.Unmarshal(rec.Body.Bytes(), &e); err != nil {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	for _, m := range e.Errors {
		all = append(all, fmt.Sprint(m.Code, " ", m.Message))
	}
	return all
}

// A form that is no upload is refused in words, and what serves goes on serving.
func TestBadUploadsChangeNothing(t *testing.T) {
	h := newHouse(t)
	version := result(t, h.deploy(upload("")))["deployment_id"]
	main := part{"i.js", esModule, "export default {}"}
	metadata := func(text string) part { return part{"metadata", "", text} }
	whole := upload("")
	for _, row := range []struct {
		what, body string
		code       int
	}{
		{"nothing", "", 10026},
		{"cut off", whole[:len(whole)-20], 10026},
		{"cut off in a header", whole[:60], 10026},
		{"no metadata", form(main), 10021},
		{"metadata that is no JSON", form(metadata(`{`), main), 10021},
		{"metadata that is a list", form(metadata(`[]`), main), 10021},
		{"metadata that names no module", form(metadata(`{}`), main), 10021},
		{"metadata that names a missing module", form(metadata(`{"main_module":"other.js"}`), main), 10021},
		{"a main module that is text", form(metadata(`{"main_module":"i.js"}`), part{"i.js", "text/plain", "x"}), 10021},
		{"a service worker that is a module", form(metadata(`{"body_part":"i.js"}`), main), 10021},
		{"a part of no kind", form(metadata(`{"main_module":"i.js"}`), main, part{"x", "image/png", "x"}), 10021},
		{"a module outside", form(metadata(`{"main_module":"i.js"}`), main, part{"../x.js", esModule, "x"}), 10021},
		{"a module at the root", form(metadata(`{"main_module":"i.js"}`), main, part{"/x.js", esModule, "x"}), 10021},
		{"a module twice", form(metadata(`{"main_module":"i.js"}`), main, main), 10021},
		{"68 MB of code", form(metadata(`{"main_module":"i.js"}`), part{"i.js", esModule, strings.Repeat("x", 68_000_000)}), 10027},
		{"11 MB of code that gzip cannot make less", form(metadata(`{"main_module":"i.js"}`), part{"i.js", esModule, noise(15_000_000)}), 10027},
		{"a binding without a name", upload(`,"bindings":[{"type":"ai"}]`), 10052},
		{"a binding of a type that nobody knows", upload(`,"bindings":[{"name":"B","type":"teapot"}]`), 10021},
		{"a date that is none", upload(`,"compatibility_date":"soon"`), 10021},
		{"a date ahead", upload(`,"compatibility_date":"2999-01-01"`), 10021},
		{"static files of nobody", upload(`,"assets":{"jwt":"x.y.z"}`), 10000},
		{"a migration from elsewhere", upload(`,"migrations":{"old_tag":"v9","new_tag":"v10","steps":[]}`), 10079},
		{"a rename before there is a class", upload(`,"migrations":{"new_tag":"v1","steps":[{"renamed_classes":[{"from":"A","to":"B"}]},{"new_classes":["A"]}]}`), 10074},
		{"a class of no other Worker", upload(`,"migrations":{"new_tag":"v1","steps":[{"transferred_classes":[{"from":"A","from_script":"none","to":"A"}]}]}`), 10074},
	} {
		got := errorsOf(t, h.deploy(row.body))
		if len(got) != 1 || !strings.HasPrefix(got[0], fmt.Sprint(row.code, " ")) {
			t.Errorf("%s: got %q, want one error of code %d", row.what, got, row.code)
		}
	}
	deployed := result(t, h.form("GET", scriptOfA+"/deployments", ""))["deployments"].([]any)
	serving := deployed[0].(map[string]any)["versions"].([]any)[0].(map[string]any)["version_id"].(string)
	if len(deployed) != 1 || strings.ReplaceAll(serving, "-", "") != version {
		t.Errorf("after all of that the deployments are %v, want version %v alone", deployed, version)
	}
}

// The words are those that wrangler prints for the real service.
func TestWhatAnAccountLacksIsSaidAsCloudflareSaysIt(t *testing.T) {
	h := newHouse(t)
	for _, row := range []struct {
		bindings string
		want     []string
	}{
		{`{"name":"KV","type":"kv_namespace","namespace_id":"` + namespaceB + `"}`, []string{"10041 KV namespace '" + namespaceB + "' not found."}},
		{`{"name":"KV","type":"kv_namespace","namespace_id":"YOUR_ID"}`, []string{"10042 KV namespace 'YOUR_ID' is not valid. Please verify the namespace_id in your configuration."}},
		{`{"name":"B","type":"r2_bucket","bucket_name":"b"}`, []string{"10085 R2 bucket 'b' not found. Please use a different name and try again."}},
		{`{"name":"DB","type":"d1","id":"u"}`, []string{"10181 D1 binding 'DB' references database 'u' which was not found."}},
		{`{"name":"DB","type":"d1"}`, []string{"10021 binding DB of type d1 must have a valid `id` specified"}},
		{`{"name":"Q","type":"queue","queue_name":"q"}`, []string{"11000 Queue 'q' not found."}},
		{`{"name":"S","type":"service","service":"api"}`, []string{"10143 Service binding 'S' references Worker 'api' which was not found. Verify that the Worker exists on this account."}},
		{`{"name":"C","type":"durable_object_namespace","class_name":"C"}`, []string{"10061 Cannot create binding for class 'C' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it."}},
		{`{"name":"X","type":"inherit"}`, []string{"10057 inherit binding 'X' is invalid: the version before has no binding of this name"}},
		{`{"name":"A","type":"ai"},{"name":"A","type":"ai"}`, []string{"10053 Binding name 'A' already in use. Please use a different name and try again."}},
		{`{"name":"B","type":"r2_bucket","bucket_name":"b"},{"name":"KV","type":"kv_namespace","namespace_id":"` + namespaceB + `"}`,
			[]string{"10085 R2 bucket 'b' not found. Please use a different name and try again.", "10041 KV namespace '" + namespaceB + "' not found."}},
	} {
		rec := h.form("PUT", scriptOfA+"?bindings_inherit=strict", upload(`,"bindings":[`+row.bindings+`]`))
		if diff := cmp.Diff(row.want, errorsOf(t, rec)); diff != "" || rec.Code != 400 {
			t.Errorf("%s\nanswered %d (-want +got):\n%s", row.bindings, rec.Code, diff)
		}
	}
	wantProblem(t, "the Worker, refused so often", h.send("GET", scriptOfA+"/settings", nil), 404, wire.WorkerNotFound)
	wantProblem(t, "its service", h.send("GET", "/accounts/"+accountA+"/workers/services/api", nil), 404, wire.ServiceNotFound)
}

// The metadata may come last, and classic scripts have theirs after the blobs.
func TestPartsComeInAnyOrder(t *testing.T) {
	h := newHouse(t)
	result(t, h.deploy(form(part{"blob", "text/plain", "text"}, part{"s.js", "application/javascript", "addEventListener('fetch', () => {})"},
		part{"metadata", "", `{"body_part":"s.js","bindings":[{"name":"TEXT","type":"text_blob","part":"blob"}]}`})))
	rec := h.send("GET", scriptOfA+"/content/v2", nil)
	if got := rec.Header().Get("cf-entrypoint"); got != "s.js" || !bytes.Contains(rec.Body.Bytes(), []byte("addEventListener")) {
		t.Errorf("content: entrypoint %q, %s", got, rec.Body)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	h := newHouse(t)
	result(t, h.deploy(upload("")))
	result(t, h.form("PUT", scriptOfA+"/secrets", `{"name":"KEY","text":"s3cret","type":"secret_text"}`))
	for _, path := range []string{"/secrets", "/settings", "/versions", "/content/v2", "/deployments"} {
		if rec := h.send("GET", scriptOfA+path, nil); rec.Code != 200 || strings.Contains(rec.Body.String(), "s3cret") {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	wantProblem(t, "another secret", h.form("DELETE", scriptOfA+"/secrets/OTHER", ""), 404, wire.BindingNotFound)
	bulk := h.form("PATCH", scriptOfA+"/settings", form(part{"settings", "", `{"bindings":[{"type":"secret_text","name":"KEY"},{"type":"secret_text","name":"NEW","text":"n3w"}]}`}))
	if rec := bulk; rec.Code != 200 || strings.Contains(rec.Body.String(), "n3w") || !strings.Contains(rec.Body.String(), `"KEY"`) {
		t.Errorf("bulk: %d %s", rec.Code, rec.Body)
	}
}

// Static files are asked for once, and only who was asked may bring them.
func TestStaticFiles(t *testing.T) {
	h := newHouse(t)
	const hash = "0123456789abcdef0123456789abcdef"
	began := result(t, h.form("POST", scriptOfA+"/assets-upload-session", `{"manifest":{"/i.html":{"hash":"`+hash+`","size":5}}}`))
	jwt := began["jwt"].(string)
	bring := func(token, name, content string) *httptest.ResponseRecorder {
		req := httptest.NewRequest("POST", api.Prefix+"/accounts/"+accountA+"/workers/assets/upload?base64=true", strings.NewReader(form(part{name, "text/html", content})))
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		rec := httptest.NewRecorder()
		h.handler.ServeHTTP(rec, req)
		return rec
	}
	files := `,"assets":{"jwt":"` + jwt + `"}`
	wantProblem(t, "our own token", bring(h.tokens["a"], hash, "aGVsbG8="), 401, wire.CodeAuthentication)
	wantProblem(t, "another file", bring(jwt, strings.Repeat("f", 32), "aGVsbG8="), 400, wire.UploadScript)
	wantProblem(t, "another length", bring(jwt, hash, "aGVsbG8h"), 400, wire.UploadScript)
	wantProblem(t, "a version before its files", h.deploy(upload(files)), 400, wire.UploadScript)
	if rec := bring(jwt, hash, "aGVsbG8="); rec.Code != 201 {
		t.Fatalf("the file: %d %s", rec.Code, rec.Body)
	}
	if got := result(t, h.deploy(upload(files))); got["has_assets"] != true {
		t.Errorf("deployed: %v, want it with static files", got)
	}
	again := result(t, h.form("POST", scriptOfA+"/assets-upload-session", `{"manifest":{"/other.html":{"hash":"`+hash+`","size":5}}}`))
	if left := again["buckets"].([]any); len(left) != 0 {
		t.Errorf("announced again, %v is asked for", left)
	}
}

// FuzzUpload: whatever comes as a form, the answer is an envelope that says yes or no.
func FuzzUpload(f *testing.F) {
	f.Add(upload(""))
	f.Add(upload(`,"bindings":[{"name":"B","type":"plain_text","text":"x"}],"migrations":{"new_tag":"v1","steps":[{"new_classes":["C"]}]}`))
	f.Add("--b\r\n\r\n--b--")
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, body string) {
		rec := h.deploy(body)
		var e wire.Envelope[any]
		if err := json.Unmarshal(rec.Body.Bytes(), &e); err != nil || rec.Code >= 500 || e.Success != (rec.Code == 200) {
			t.Errorf("%q: %d %s", body, rec.Code, rec.Body)
		}
	})
}
