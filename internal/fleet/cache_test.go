package fleet_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fleet"
)

// The cache API keeps what may be kept as long as it is fresh, per account and name of a cache, and
// never the answers of a probe.
func TestCacheAPI(t *testing.T) {
	now := time.Now()
	var later atomic.Int64 // nanoseconds
	h := newHouse(t, func(o *fleet.Options) { o.Now = func() time.Time { return now.Add(time.Duration(later.Load())) } })
	const code = `export default { async fetch(request) {
		const { op, cache: name, url, body, ...headers } = Object.fromEntries(new URL(request.url).searchParams);
		const cache = name ? await caches.open(name) : caches.default;
		if (op === "put") return new Response(String(await cache.put(url, new Response(body, { headers }))));
		if (op === "delete") return new Response(String(await cache.delete(url)));
		const found = await cache.match(new Request(url, { headers }));
		return new Response(found ? [found.status, await found.text(), found.headers.get("age"), found.headers.get("x")].join() : "nothing");
	} }`
	for _, a := range []string{account, other} {
		h.deploy(a, "w", code, `[]`)
	}
	const page = "&url=https://example.com/a"
	for _, step := range []struct{ host, query, want string }{
		{"", "op=match" + page, "nothing"},
		{"", "op=put&body=one&cache-control=max-age%3D60&x=y" + page, "undefined"},
		{"", "op=match" + page, "200,one,0,y"},
		{"", "op=match&range=bytes%3D1-1" + page, "206,n,0,y"},
		{"", "op=match&range=bytes%3D9-" + page, "416,,,"},
		{"", "op=match&range=bytes%3D1-1&if-range=%22e%22" + page, "206,n,0,y"},
		{"", "op=match" + page + "%23part", "200,one,0,y"},
		{"", "op=match&url=http://example.com/a", "nothing"},
		{"", "op=match&cache=named" + page, "nothing"},
		{"other", "op=match" + page, "nothing"},
		{"", "op=put&cache=named&body=two&cache-control=s-maxage%3D5&etag=%22e%22" + page, "undefined"},
		{"", "op=match&cache=named" + page, "200,two,0,"},
		{"", "op=match&cache=named&if-none-match=%22e%22" + page, "304,,0,"},
		{"after", "20s", ""},
		{"", "op=match&cache=named" + page, "nothing"},
		{"", "op=match" + page, "200,one,20,y"},
		{"", "op=delete" + page, "true"},
		{"", "op=delete" + page, "false"},
		{"", "op=match" + page, "nothing"},
		{"", "op=put&body=x&cache-control=no-store" + page, "undefined"},
		{"", "op=match" + page, "nothing"},
		{"", "op=put&body=x" + page, "undefined"}, // nothing says that it may be kept
		{"", "op=match" + page, "nothing"},
		{"", "op=put&body=x&cache-control=max-age%3D60&set-cookie=a%3Db" + page, "undefined"},
		{"", "op=match" + page, "nothing"},
		{"", "op=put&body=x&expires=" + strings.ReplaceAll(now.Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), " ", "%20") + page, "undefined"},
		{"", "op=match" + page, "200,x,0,"},
		{"", "op=put&body=x&cache-control=max-age%3D60&url=https://example.com/api/v1/data/bindings", "undefined"},
		{"", "op=match&url=https://example.com/api/v1/data/bindings", "nothing"},
	} {
		if step.host == "after" {
			d, err := time.ParseDuration(step.query)
			if err != nil {
				t.Fatal(err)
			}
			later.Add(int64(d))
			continue
		}
		host := "w.my-test"
		if step.host != "" {
			host = "w." + step.host
		}
		if status, got := h.ask(host, "/?"+step.query); got != step.want {
			t.Errorf("%s of %s: got %d %q, want %q", step.query, host, status, got, step.want)
		}
	}
}
