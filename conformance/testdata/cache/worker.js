// Makes every call of the cache API, right and wrong, and answers what each saw.
const shown = ["cache-control", "cf-cache-status", "content-encoding", "content-length", "content-range", "content-type", "etag", "expires", "last-modified",
  "location", "set-cookie", "vary", "x-own"];

async function saw(result) {
  if (!(result instanceof Response)) return result === undefined ? "undefined" : result;
  const headers = {};
  for (const name of shown) {
    if (result.headers.has(name) && !(name === "content-length" && result.status === 416)) headers[name] = result.headers.get(name);
  }
  return { status: result.status, headers, age: result.headers.has("age"), body: result.body === null ? null : await result.text() };
}

export default {
  async fetch() {
    const calls = [];
    const call = async (name, f) => {
      try {
        calls.push([name, await saw(await f())]);
      } catch (e) {
        calls.push([name, { threw: e.name, message: e.message }]);
      }
    };
    const cache = caches.default, fresh = { "Cache-Control": "max-age=60" };
    let n = 0;
    const at = () => `https://example.com/${++n}`;
    // Puts a response, and shows what is found at its URL.
    const kept = async (name, response, ask = {}) => {
      const url = at();
      await call(`put ${name}`, () => cache.put(url, response()));
      await call(`match ${name}`, () => cache.match(new Request(url, ask)));
    };

    await call("match nothing", () => cache.match(at()));
    await call("delete nothing", () => cache.delete(at()));
    await kept("fresh", () => new Response("body", { headers: { ...fresh, "X-Own": "mine" } }));
    await kept("empty", () => new Response(null, { headers: fresh }));
    await kept("empty text", () => new Response("", { headers: fresh }));
    await kept("bytes", () => new Response(new Uint8Array([0, 255, 1]), { headers: fresh }));
    await kept("stream of known length", () => {
      const { readable, writable } = new FixedLengthStream(4);
      const writer = writable.getWriter();
      writer.write(new TextEncoder().encode("four")).then(() => writer.close());
      return new Response(readable, { headers: fresh });
    });
    await kept("JSON", () => Response.json({ a: 1 }, { headers: fresh }));
    await kept("without headers", () => new Response("body"));
    for (const control of [
      "max-age=60", "s-maxage=60", "max-age=0", "s-maxage=0", "max-age=0, s-maxage=60", "max-age=60, s-maxage=0", "public", "public, max-age=60", "private", "private, max-age=60",
      "no-store", "no-store, max-age=60", "no-cache", "no-cache, max-age=60", "MAX-AGE=60", 'max-age="60"', "max-age=-1", "max-age=x", "max-age=99999999999", "immutable, max-age=60",
      "must-revalidate, max-age=60", "stale-while-revalidate=60", "max-age=60, max-age=0", "", "private=x-own, max-age=60", "no-cache=x-own, max-age=60",
    ]) {
      await kept(`Cache-Control: ${control}`, () => new Response("body", { headers: { "Cache-Control": control, "X-Own": "mine" } }));
    }
    const later = new Date(Date.now() + 3600e3).toUTCString(), before = new Date(Date.now() - 3600e3).toUTCString();
    await kept("Expires before", () => new Response("body", { headers: { Expires: before } }));
    await kept("Expires that is no date", () => new Response("body", { headers: { Expires: "0" } }));
    await kept("Expires before, but fresh", () => new Response("body", { headers: { Expires: "Thu, 01 Jan 1970 00:00:00 GMT", ...fresh } }));
    await call("Expires later", async () => {
      const url = at();
      await cache.put(url, new Response("body", { headers: { Expires: later } }));
      return (await cache.match(url))?.status;
    });
    await kept("Set-Cookie", () => new Response("body", { headers: { ...fresh, "Set-Cookie": "a=b" } }));
    await kept("Set-Cookie, private", () => new Response("body", { headers: { "Cache-Control": "private=Set-Cookie, max-age=60", "Set-Cookie": "a=b" } }));
    await kept("Pragma", () => new Response("body", { headers: { ...fresh, Pragma: "no-cache" } }));
    await kept("Age", () => new Response("body", { headers: { ...fresh, Age: "10" } }));
    await kept("Age that is over", () => new Response("body", { headers: { ...fresh, Age: "100" } }));
    await kept("Vary", () => new Response("body", { headers: { ...fresh, Vary: "Accept" } }));
    await kept("Vary: *", () => new Response("body", { headers: { ...fresh, Vary: "*" } }));
    await kept("Cache-Tag", () => new Response("body", { headers: { ...fresh, "Cache-Tag": "a,b" } }));
    await kept("CDN-Cache-Control", () => new Response("body", { headers: { "CDN-Cache-Control": "max-age=60" } }));
    await kept("Content-Encoding", () => new Response("body", { headers: { ...fresh, "Content-Encoding": "identity" } }));
    await kept("Last-Modified alone", () => new Response("body", { headers: { "Last-Modified": before } }).clone());
    for (const status of [200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 410, 414, 418, 429, 500, 501, 502, 503, 504, 599]) {
      const none = [101, 204, 205, 304].includes(status);
      await kept(`status ${status}`, () => new Response(none ? null : "body", { status, headers: { ...fresh, ...(status >= 300 && status < 400 && { Location: "/x" }) } }));
      await kept(`status ${status}, nothing said`, () => new Response(none ? null : "body", { status }));
    }

    const page = (headers) => () => new Response("0123456789", { headers: { ...fresh, ...headers } });
    for (const range of ["bytes=0-0", "bytes=2-4", "bytes=5-", "bytes=-3", "bytes=0-99", "bytes=10-", "bytes=20-30", "bytes=4-2", "bytes=0-1,3-4", "bytes=0-1, 3-4", "bytes=", "items=0-1", "0-1", "bytes=-0", "bytes=a-b"]) {
      await kept(`Range: ${range}`, page({}), { headers: { Range: range } });
    }
    for (const [name, value] of [
      ["If-None-Match", '"tag"'], ["If-None-Match", 'W/"tag"'], ["If-None-Match", '"other"'], ["If-None-Match", '"other", "tag"'], ["If-None-Match", "*"], ["If-None-Match", "tag"], ["If-None-Match", ""],
      ["If-Modified-Since", before], ["If-Modified-Since", later], ["If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"], ["If-Modified-Since", "no date"],
      ["If-Match", '"tag"'], ["If-Match", '"other"'], ["If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"], ["If-Range", '"tag"'], ["Cache-Control", "no-cache"], ["Cache-Control", "no-store"],
      ["Pragma", "no-cache"], ["Accept-Encoding", "gzip"], ["Cookie", "a=b"], ["Authorization", "x"],
    ]) {
      const when = value === before ? "before" : value === later ? "later" : value;
      await call(`${name}: ${when}`, async () => {
        const url = at();
        await cache.put(url, page({ ETag: '"tag"', "Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT" })());
        return cache.match(new Request(url, { headers: { [name]: value } }));
      });
    }
    await kept("If-None-Match of a weak tag", page({ ETag: 'W/"tag"' }), { headers: { "If-None-Match": '"tag"' } });
    await kept("If-None-Match without a tag", page({}), { headers: { "If-None-Match": "*" } });
    await kept("Range and If-None-Match", page({ ETag: '"tag"' }), { headers: { Range: "bytes=0-1", "If-None-Match": '"tag"' } });
    await kept("Range and If-Range of another", page({ ETag: '"tag"' }), { headers: { Range: "bytes=0-1", "If-Range": '"other"' } });

    const url = at();
    await call("put a request", () => cache.put(new Request(url, { headers: { "X-Own": "asked" } }), page({})()));
    await call("match with other headers", () => cache.match(new Request(url, { headers: { "X-Own": "other" } })));
    await call("match by text", () => cache.match(url));
    await call("match with a fragment", () => cache.match(url + "#part"));
    await call("match with a query", () => cache.match(url + "?a=1"));
    await call("match with a slash", () => cache.match(url + "/"));
    await call("match in capitals", () => cache.match(url.toUpperCase()));
    await call("match by http", () => cache.match(url.replace("https", "http")));
    await call("match with the port", () => cache.match(url.replace(".com", ".com:443")));
    await call("match with another port", () => cache.match(url.replace(".com", ".com:8443")));
    await call("match a HEAD", () => cache.match(new Request(url, { method: "HEAD" })));
    await call("match a POST", () => cache.match(new Request(url, { method: "POST" })));
    await call("match a POST, ignoreMethod", () => cache.match(new Request(url, { method: "POST" }), { ignoreMethod: true }));
    await call("match ignoreSearch", () => cache.match(url + "?a=1", { ignoreSearch: true }));
    await call("put a POST", () => cache.put(new Request(url, { method: "POST" }), page({})()));
    await call("put over", () => cache.put(url, new Response("other", { headers: fresh })));
    await call("match put over", () => cache.match(url));
    await call("put over with what may not be kept", () => cache.put(url, new Response("third", { headers: { "Cache-Control": "no-store" } })));
    await call("match that", () => cache.match(url));
    await call("delete a POST", () => cache.delete(new Request(url, { method: "POST" })));
    await call("delete a POST, ignoreMethod", () => cache.delete(new Request(url, { method: "POST" }), { ignoreMethod: true }));
    await call("delete", () => cache.delete(url));
    await call("delete again", () => cache.delete(url));
    await call("match deleted", () => cache.match(url));
    await call("relative URL", () => cache.match("/x"));
    await call("no URL", () => cache.match("::"));
    await call("put nothing", () => cache.put(at(), undefined));
    await call("put what was read", async () => {
      const read = page({})();
      await read.text();
      return cache.put(at(), read);
    });
    await call("put what was fetched from the cache", async () => {
      const one = at(), two = at();
      await cache.put(one, page({})());
      await cache.put(two, await cache.match(one));
      return cache.match(two);
    });
    await call("add", () => cache.add(at()));
    await call("keys", () => cache.keys());
    await call("matchAll", () => cache.matchAll(at()));
    await call("caches.match", () => caches.match(at()));
    await call("caches.keys", () => caches.keys());
    const named = await caches.open("named"), odd = at();
    await call("named: put", () => named.put(odd, page({})()));
    await call("named: match", () => named.match(odd));
    await call("named: not in the default one", () => cache.match(odd));
    await call("named: again", async () => (await caches.open("named")).match(odd));
    await call("named: another", async () => (await caches.open("other")).match(odd));
    await call("named: odd name", async () => {
      const c = await caches.open("é / ?&#\u{1f600}");
      await c.put(odd, new Response("odd", { headers: fresh }));
      return c.match(odd);
    });
    await call("named: no name", async () => {
      const c = await caches.open("");
      await c.put(odd, new Response("no name", { headers: fresh }));
      return c.match(odd);
    });
    await call("odd URL", async () => {
      const to = "https://user:pass@example.com/a%2Fb//c/../d?x=%zz&y=é";
      await cache.put(to, new Response("odd", { headers: fresh }));
      return cache.match(to);
    });
    return Response.json(calls);
  },
};
