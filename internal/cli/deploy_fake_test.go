package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A stand-in for wrangler, as no npm runs in `go test`: the test binary under the name of node, which asks the API for what
// wrangler asks it for, in its order, and says of it what wrangler says. The real ones are in conformance.
func fakeWrangler(script string, args []string) int {
	var api struct{ BaseURL, Token, Account string }
	text, err := os.ReadFile(script) // what node would run
	if err == nil {
		err = json.Unmarshal(text, &api)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	ask := func(method, path, contentType string, body []byte) ([]byte, error) {
		r, err := http.NewRequest(method, api.BaseURL+"/accounts/"+os.Getenv("CLOUDFLARE_ACCOUNT_ID")+"/workers"+path, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+api.Token)
		r.Header.Set("Content-Type", contentType)
		answer, err := (&http.Client{Timeout: time.Second}).Do(r)
		if err != nil {
			return nil, fmt.Errorf("fetch failed")
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK || !json.Valid(text) {
			return nil, fmt.Errorf("A request to the Cloudflare API (%s) failed. %.200s", r.URL.Path, text)
		}
		return text, nil
	}
	upload := func() (version string, err error) {
		if _, err = ask("GET", "/services/api", "", nil); err != nil {
			return "", err
		}
		var sent struct{ Result struct{ ID string } }
		form, kind := fakeUpload()
		text, err := ask("POST", "/scripts/api/versions", kind, form)
		if err == nil {
			err = json.Unmarshal(text, &sent)
		}
		return sent.Result.ID, err
	}
	serve := func(version string) error {
		body := fmt.Appendf(nil, `{"strategy":"percentage","versions":[{"version_id":%q,"percentage":100}]}`, version)
		_, err := ask("POST", "/scripts/api/deployments", "application/json", body)
		return err
	}
	kind, version := args[0], ""
	switch {
	case args[0] == "deploy":
		if version, err = upload(); err == nil {
			err = serve(version)
		}
		if err == nil {
			_, err = ask("POST", "/scripts/api/subdomain", "application/json", []byte(`{"enabled":true}`))
		}
	case args[1] == "upload":
		kind = "version-upload"
		version, err = upload()
	default:
		version, _, _ = strings.Cut(args[2], "@")
		if _, err = ask("GET", "/scripts/api/deployments", "", nil); err == nil {
			err = serve(version)
		}
	}
	if err != nil {
		fmt.Println("✘ [ERROR]", err)
		return 1
	}
	said := fmt.Sprintf(`{"type":%q,"version":1,"worker_name":"api","version_id":%q,"targets":["https://api.production.workers.dev"]}`+"\n", kind, version)
	if err := os.WriteFile(os.Getenv("WRANGLER_OUTPUT_FILE_PATH"), []byte(said), 0o600); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("Uploaded api (0.08 sec)\nargs:", args)
	return 0
}

func fakeUpload() (body []byte, contentType string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, part := range []struct{ name, file, kind, text string }{
		{"metadata", "", "application/json", `{"main_module":"index.js","compatibility_date":"2026-04-01","bindings":[]}`},
		{"index.js", "index.js", "application/javascript+module", "export default {}"},
	} {
		disposition := fmt.Sprintf("form-data; name=%q", part.name)
		if part.file != "" {
			disposition += fmt.Sprintf("; filename=%q", part.file)
		}
		w, _ := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {part.kind}}) // to memory
		_, _ = io.WriteString(w, part.text)
	}
	_ = form.Close()
	return b.Bytes(), form.FormDataContentType()
}

// fakeNode puts the stand-in on PATH.
func fakeNode(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "node")); err != nil {
		t.Skip("no links here:", err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// newDeployHouse is a gateHouse whose one environment is locked, applied and deployed once.
func newDeployHouse(t *testing.T) *gateHouse {
	h := newGateHouse(t)
	h.write("name = \"api\"\naccount_id = \"" + h.account + "\"\nmain = \"index.js\"\ncompatibility_date = \"2026-04-01\"\n[[kv_namespaces]]\nbinding = \"CACHE\"\n")
	pack := filepath.Join(h.dir, "node_modules", "wrangler")
	if err := os.MkdirAll(pack, 0o700); err != nil {
		t.Fatal(err)
	}
	api, _ := json.Marshal(map[string]string{"BaseURL": h.server.BaseURL(), "Token": h.env["CLOUDFLARE_API_TOKEN"]})
	for path, text := range map[string]string{
		filepath.Join(pack, "package.json"): `{"version":"0.0.0","bin":{"wrangler":"fake.json"}}`,
		filepath.Join(pack, "fake.json"):    string(api),
		filepath.Join(h.dir, "index.js"):    "export default { fetch(request, env) { return env.CACHE.get('a') } }",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := h.run("apply"); code != exitOK {
		t.Fatalf("apply: exit code %d\n%s", code, out)
	}
	form, kind := fakeUpload()
	r, err := http.NewRequest("PUT", h.server.BaseURL()+"/accounts/"+h.account+"/workers/scripts/api", bytes.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.env["CLOUDFLARE_API_TOKEN"])
	r.Header.Set("Content-Type", kind)
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("deploy: %v %v", answer, err)
	}
	answer.Body.Close()
	return h
}
