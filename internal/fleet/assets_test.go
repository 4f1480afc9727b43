package fleet_test

import (
	"crypto/md5"
	"encoding/hex"
	"testing"

	"github.com/bindery-dev/bindery/internal/workers"
)

// files announces and sends static files, and returns what an upload has to say of them.
func (h *house) files(a, worker, config string, content map[string]string) func(*workers.Upload) {
	h.t.Helper()
	announced, byHash := map[string]workers.File{}, map[string]string{}
	for path, text := range content {
		sum := md5.Sum([]byte(text))
		hash := hex.EncodeToString(sum[:])
		announced[path], byHash[hash] = workers.File{Hash: hash, Size: len(text)}, text
	}
	key, missing, err := h.BeginAssets(h.t.Context(), a, worker, announced)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, hashes := range missing {
		for _, hash := range hashes {
			if err := h.AddAsset(h.t.Context(), a, key, hash, "text/plain", []byte(byHash[hash])); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	return func(u *workers.Upload) { u.AssetsKey, u.AssetsConfig = key, []byte(config) }
}

// withoutCode makes an upload one of static files only.
func withoutCode(u *workers.Upload) { u.Modules = nil }

// Static files answer before the code, which has them as a binding too; without code they answer alone.
func TestStaticFiles(t *testing.T) {
	h := newHouse(t)
	const code = `export default { fetch: (request, env) => request.url.endsWith("/bound") ? env.ASSETS.fetch("https://x/page") : new Response("code") }`
	h.deploy(account, "site", code, `[{"name":"ASSETS","type":"assets"}]`, h.files(account, "site", `{}`, map[string]string{"/page.html": "one", "/404.html": "none"}))
	h.expect("site.my-test", "/page", 200, "one")
	h.expect("site.my-test", "/else", 200, "code")
	h.expect("site.my-test", "/bound", 200, "one")

	h.deploy(account, "site", ``, `[]`, withoutCode, h.files(account, "site", `{"not_found_handling":"404-page"}`, map[string]string{"/page.html": "two", "/404.html": "none"}))
	h.expect("site.my-test", "/page", 200, "two")
	h.expect("site.my-test", "/else", 404, "none")

	h.deploy(account, "caller", `export default { fetch: (request, env) => env.SITE.fetch(request) }`, `[{"name":"SITE","type":"service","service":"site"}]`)
	h.expect("caller.my-test", "/page", 200, "two")
	h.expect("caller.my-test", "/else", 404, "none")

	h.deploy(account, "unbound", `export default { async fetch(request, env) { try { await env.ASSETS.fetch(request) } catch (e) { return new Response(e.message) } } }`, `[{"name":"ASSETS","type":"assets"}]`)
	h.expect("unbound.my-test", "/", 200, "Worker unbound has no static files")
}
