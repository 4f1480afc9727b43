// Every call that a KV binding offers, with right and wrong arguments. It answers a list of [call, outcome], in which
// nothing depends on the time of day or on the text of a cursor: the outcome is the same wherever the binding is right.

const KiB = 1024, MiB = 1024 * KiB, limit = 25 * MiB;
const now = () => Math.floor(Date.now() / 1000);

// bytes are n bytes of text that differ from place to place.
function bytes(n) {
  const out = new Uint8Array(n);
  for (let i = 0; i < n; i++) out[i] = 97 + ((i + (i >> 8) + (i >> 16)) % 26);
  return out;
}

// known is a stream that says its length, unknown one that does not.
function known(content) {
  const { readable, writable } = new FixedLengthStream(content.byteLength);
  const writer = writable.getWriter();
  writer.write(content).then(() => writer.close()).catch(() => {});
  return readable;
}
function unknown(content, piece = 64 * KiB) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= content.byteLength) return controller.close();
      controller.enqueue(content.subarray(at, (at += piece)));
    },
  });
}

// plain makes of a result what JSON can say.
async function plain(v) {
  if (v === undefined) return "undefined";
  if (v instanceof ReadableStream) return { stream: await plain(await new Response(v).arrayBuffer()) };
  if (v instanceof Map) return { map: await Promise.all([...v].map(async ([k, x]) => [k, await plain(x)])) };
  if (v instanceof ArrayBuffer) return v.byteLength > 64 ? { buffer: v.byteLength, sha256: await digest(v) } : { buffer: [...new Uint8Array(v)] };
  if (typeof v === "string" && v.length > 600) return { text: v.length, sha256: await digest(new TextEncoder().encode(v)) };
  if (Array.isArray(v)) return Promise.all(v.map(plain));
  if (v === null || typeof v !== "object") return v;
  const out = {};
  for (const [k, x] of Object.entries(v)) {
    if (k === "cursor" && typeof x === "string" && x) out[k] = "a cursor";
    else if (k === "expiration" && Math.abs(x - now() - 3600) < 60) out[k] = "in an hour";
    else if (k === "expiration" && Math.abs(x - now() - 60) < 30) out[k] = "in a minute";
    else out[k] = await plain(x);
  }
  return out;
}
async function digest(content) {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", content))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

// pages lists all, page by page.
async function pages(kv, options) {
  const all = [];
  for (let cursor; ; ) {
    const page = await kv.list({ ...options, cursor });
    all.push(page.keys.map((key) => key.name));
    if (page.list_complete) return all;
    cursor = page.cursor;
  }
}

const oddKeys = ["a/b", "a//b", "a/../b", "../x", "/x", "x/", "//", "%2F", "%", "a%2Fb", "a b", " a ", "a+b", "?q=1&r", "#h", "a&b=c;d", "é漢", "e\u0301", "🐎",
  "a\nb", "a\tb", "a\0b", "bulk/get", "a,b", '"', "\\", "<&>", "\u2028", "...", ".a", "__proto__", "constructor", "~!*'():@$[]|^`{}", "\ufeffbom"];

function* calls(kv) {
  // Values
  const values = {
    "a string": "text", "an empty string": "", "text of all kinds": "é漢🐎\u0000\r\n\t", "a byte order mark": "\ufefftext", "half a pair": "a\ud800b",
    "a number": 12.5, "a boolean": true, "null": null, "JSON": '{"a":[1,2,{"b":null}]}',
    "an ArrayBuffer": new Uint8Array([0, 1, 254, 255]).buffer, "an empty ArrayBuffer": new ArrayBuffer(0), "a window of a buffer": new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 4),
    "a DataView": new DataView(new Uint8Array([7, 8, 9]).buffer), "a Float64Array": new Float64Array([1]), "cut UTF-8": new Uint8Array([0x61, 0xe2, 0x82, 0x62, 0xff, 0xf0, 0x9f, 0x90]),
    "an object": { a: 1 }, "an array": [1, 2], "undefined": undefined, "a date": new Date(0), "a Blob": new Blob(["blob"]),
  };
  for (const [kind, value] of Object.entries(values)) {
    yield [`put ${kind}`, () => kv.put("value", value)];
    for (const type of ["text", "json", "arrayBuffer", "stream"]) yield [`get ${kind} as ${type}`, () => kv.get("value", type)];
  }
  const streams = { "of known length": () => known(bytes(100 * KiB)), "of unknown length": () => unknown(bytes(100 * KiB)), "of no bytes": () => unknown(bytes(0)), "of a response": () => new Response("from a response").body,
    "of small pieces": () => unknown(bytes(1000), 7) };
  for (const [kind, make] of Object.entries(streams)) {
    yield [`put a stream ${kind}`, () => kv.put("value", make())];
    yield [`get a stream ${kind}`, () => kv.get("value", "arrayBuffer")];
  }
  yield ["get", () => kv.get("value")];
  yield ["get, null as options", () => kv.get("value", null)];
  yield ["get, no type in options", () => kv.get("value", {})];
  yield ["get, type in options", () => kv.get("value", { type: "arrayBuffer" })];
  yield ["get, unknown type", () => kv.get("value", "blob")];
  yield ["get, unknown type in options", () => kv.get("value", { type: "blob" })];
  yield ["get of nothing", () => kv.get()];
  yield ["put of a key only", () => kv.put("value")];
  yield ["put of nothing", () => kv.put()];
  for (const type of ["text", "json", "arrayBuffer", "stream"]) yield [`get what is missing as ${type}`, () => kv.get("missing", type)];

  // Metadata
  const metadata = {
    "an object": { a: [1, "é漢🐎\n"], b: null }, "an array": [1], "an empty object": {}, "a number": 0, "false": false, "a string": "s", "an empty string": "", "null": null, "undefined": undefined,
    "quotes": 'a"b\\c', "1024 bytes": "m".repeat(1022), "1025 bytes": "m".repeat(1023), "1024 bytes of é": "é".repeat(511), "1026 bytes of é": "é".repeat(512), "a function": () => 1, "a bigint": 1n,
  };
  yield ["metadata: a value before", () => kv.put("meta", "before", { metadata: "before", expirationTtl: 3600 })];
  for (const [kind, m] of Object.entries(metadata)) {
    yield [`metadata: put ${kind}`, () => kv.put("meta", kind, { metadata: m })];
    yield [`metadata: get ${kind}`, () => kv.getWithMetadata("meta")];
  }
  yield ["metadata: list", () => kv.list({ prefix: "meta" })];
  yield ["metadata: missing", () => kv.getWithMetadata("missing")];
  for (const type of ["text", "json", "arrayBuffer", "stream", { type: "json", cacheTtl: 60 }, "blob"]) {
    yield [`metadata: put JSON for ${JSON.stringify(type)}`, () => kv.put("meta", "[1]", { metadata: { m: 1 } })];
    yield [`metadata: with ${JSON.stringify(type)}`, () => kv.getWithMetadata("meta", type)];
  }
  yield ["metadata: a put without removes it", async () => (await kv.put("meta", "plain"), kv.getWithMetadata("meta"))];

  // Expiration
  const ends = {
    "ttl 60": { expirationTtl: 60 }, "ttl 61.7": { expirationTtl: 61.7 }, 'ttl "3600"': { expirationTtl: "3600" }, "ttl 3600": { expirationTtl: 3600 }, "ttl 59": { expirationTtl: 59 }, "ttl 1": { expirationTtl: 1 },
    "ttl 0": { expirationTtl: 0 }, "ttl -1": { expirationTtl: -1 }, "ttl abc": { expirationTtl: "abc" }, "ttl NaN": { expirationTtl: NaN }, "ttl null": { expirationTtl: null }, "ttl undefined": { expirationTtl: undefined }, "ttl 2^31": { expirationTtl: 2 ** 31 }, "ttl 2^31-1": { expirationTtl: 2 ** 31 - 1 },
    "at 0": { expiration: 0 }, "at 1": { expiration: 1 }, "at -1": { expiration: -1 }, "at abc": { expiration: "abc" }, "at null": { expiration: null }, "in an hour": { get expiration() { return now() + 3600; } },
    "in milliseconds": { expiration: 4102444800000 }, "ttl and at": { expirationTtl: 3600, expiration: 2000000000 }, "ttl and at, wrong ttl": { expirationTtl: 5, expiration: 2000000000 }, "ttl and at, wrong at": { expirationTtl: 3600, expiration: 1 }, "far away": { expiration: 2147483647 },
    "no options": undefined, "null as options": null, "a string as options": "text", "unknown options": { ttl: 3 },
  };
  for (const [kind, options] of Object.entries(ends)) {
    yield [`expires: put, ${kind}`, () => kv.put(`ends ${kind}`, "v", options)];
  }
  yield ["expires: put, in half a minute", () => kv.put("ends half", "v", { expiration: now() + 30 }).catch((e) => { throw new Error(e.message.replace(/\d{6,}/, "N")); })];
  yield ["expires: list, but for the year 2094", async () => (await kv.delete("ends ttl 2^31-1"), kv.list({ prefix: "ends" }))];
  yield ["expires: a put without makes it stay", async () => (await kv.put("ends far away", "v"), kv.list({ prefix: "ends far" }))];

  // Caching
  for (const ttl of [30, 29, 60, 0, -1, "60", "abc", null, 30.5, 1e12, 3600]) {
    yield [`cacheTtl ${JSON.stringify(ttl)}`, () => kv.get("value", { cacheTtl: ttl })];
    yield [`cacheTtl ${JSON.stringify(ttl)} of many`, () => kv.get(["value", "missing"], { cacheTtl: ttl })];
  }
  yield ["cacheTtl 29 with metadata", () => kv.getWithMetadata("value", { cacheTtl: 29 })];

  // Keys
  const wrong = { "empty": "", "dot": ".", "dots": "..", "512 bytes": "k".repeat(512), "513 bytes": "k".repeat(513), "512 bytes of é": "é".repeat(256), "514 bytes of é": "é".repeat(257), "half a pair": "a\ud800", "a number": 12, "null": null, "undefined": undefined, "an object": {} };
  for (const [kind, key] of Object.entries(wrong)) {
    yield [`key, ${kind}: put`, () => kv.put(key, "v")];
    yield [`key, ${kind}: get`, () => kv.get(key)];
    yield [`key, ${kind}: get with metadata`, () => kv.getWithMetadata(key)];
    yield [`key, ${kind}: get of many`, () => kv.get([key])];
    yield [`key, ${kind}: delete`, () => kv.delete(key)];
  }
  for (const key of oddKeys) {
    const name = JSON.stringify(key);
    yield [`odd key ${name}: put`, () => kv.put(key, `value of ${key}`, { metadata: { key } })];
    yield [`odd key ${name}: get`, () => kv.getWithMetadata(key)];
    yield [`odd key ${name}: list`, () => kv.list({ prefix: key, limit: 10 })];
  }
  yield ["odd keys: list", () => kv.list()];
  yield ["odd keys: get of many", () => kv.get(oddKeys)];
  yield ["odd keys: delete", async () => { for (const key of oddKeys) await kv.delete(key); }];
  yield ["odd keys: gone", () => kv.list()];

  // Delete
  yield ["delete what is there", () => kv.delete("value")];
  yield ["delete what is missing", () => kv.delete("value")];
  yield ["delete of nothing", () => kv.delete()];
  yield ["delete of an array", async () => (await kv.put("x,y", "v"), await kv.delete(["x", "y"]), kv.get("x,y"))];

  // Many keys
  yield ["many: put", async () => {
    await kv.put("m/json", '{"a":1}', { metadata: { m: 1 } });
    await kv.put("m/text", "text é\u2028<>\"\\\n\u0001", { metadata: "s" });
    await kv.put("m/none", "no metadata");
    await kv.put("m/empty", "", { metadata: 1 });
    await kv.put("m/bom", "\ufeff[1]");
    await kv.put("m/cut", new Uint8Array([0x61, 0xff, 0x62]));
    await kv.put("7", "seven");
    for (const v of ["0", "false", "null", '""', " [ 1 ]\n"]) await kv.put(`m/${v}`, v, { metadata: v });
  }];
  const some = ["m/text", "m/missing", "m/json", "m/none"];
  for (const options of [undefined, "text", "json", { type: "text" }, { type: "json" }, "arrayBuffer", "stream", { type: "stream" }, "blob", {}, null]) {
    yield [`many: get ${JSON.stringify(options)}`, () => kv.get(some, options)];
    yield [`many: get with metadata ${JSON.stringify(options)}`, () => kv.getWithMetadata(some, options)];
  }
  for (const key of ["m/json", "m/empty", "m/bom", "m/cut", "m/0", "m/false", "m/null", 'm/""', "m/ [ 1 ]\n", "7"]) {
    for (const type of ["text", "json"]) {
      yield [`many: ${JSON.stringify(key)} as ${type}`, () => kv.get([key, "m/json"], type)];
      yield [`many: ${JSON.stringify(key)} as ${type} with metadata`, () => kv.getWithMetadata([key, "m/json"], type)];
    }
  }
  yield ["many: twice the same", () => kv.get(["m/none", "m/json", "m/none"])];
  yield ["many: none", () => kv.get([])];
  const hundred = Array.from({ length: 101 }, (_, i) => `h/${String(i).padStart(3, "0")}`);
  yield ["many: 100", () => kv.get(hundred.slice(0, 100))];
  yield ["many: 101", () => kv.get(hundred)];
  yield ["many: 101 with metadata", () => kv.getWithMetadata(hundred)];
  yield ["many: a key of 513 bytes among them", () => kv.get(["m/none", "k".repeat(513)])];

  // List
  yield ["list: put", async () => { for (const key of hundred.slice(0, 23)) await kv.put(key, key, key.endsWith("7") ? { metadata: { key }, expirationTtl: 3600 } : {}); }];
  yield ["list: prefix", () => kv.list({ prefix: "h/01" })];
  yield ["list: no such prefix", () => kv.list({ prefix: "none" })];
  yield ["list: empty prefix", () => kv.list({ prefix: "" })];
  yield ["list: null for all", () => kv.list({ prefix: null, limit: null, cursor: null })];
  yield ["list: null", () => kv.list(null)];
  for (const limit of [1, 2, 9, 10, 11, 23, 1000, 1001, 100000, 0, -1, 2.9, "3", "abc"]) yield [`list: limit ${JSON.stringify(limit)}`, () => kv.list({ prefix: "h/", limit })];
  for (const limit of [1, 3, 10, 22, 23, 24]) yield [`list: pages of ${limit}`, () => pages(kv, { prefix: "h/", limit })];
  yield ["list: pages of all keys", () => pages(kv, { limit: 7 })];
  yield ["list: prefix of 512 bytes", () => kv.list({ prefix: "p".repeat(512) })];
  yield ["list: prefix of 513 bytes", () => kv.list({ prefix: "p".repeat(513) })];
  yield ["list: empty cursor", () => kv.list({ prefix: "h/02", cursor: "" })];
  yield ["list: no cursor of ours", () => kv.list({ prefix: "h/02", cursor: "no cursor" })];
  yield ["list: after the last deleted key", async () => {
    const { cursor } = await kv.list({ prefix: "h/", limit: 3 });
    await kv.delete("h/002");
    return kv.list({ prefix: "h/", limit: 3, cursor });
  }];

  // The largest values
  const largest = bytes(limit), larger = bytes(limit + 1);
  const text = (b) => new TextDecoder().decode(b);
  const sizes = { "a string": text, "an ArrayBuffer": (b) => b.buffer, "a stream of known length": known, "a stream of unknown length": unknown };
  for (const [kind, make] of Object.entries(sizes)) {
    yield [`large: put 25 MiB, ${kind}`, () => kv.put("large", make(largest))];
    yield [`large: get 25 MiB, ${kind}`, () => kv.get("large", "arrayBuffer")];
    yield [`large: put one byte more, ${kind}`, () => kv.put("large", make(larger))];
    yield [`large: what was there stays, ${kind}`, async () => (await kv.get("large", "arrayBuffer")).byteLength];
  }
  yield ["large: as text", () => kv.get("large")];
  yield ["large: as a stream", () => kv.get("large", "stream")];
  yield ["large: half a stream", async () => {
    const reader = (await kv.get("large", "stream")).getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return value.byteLength > 0;
  }];
  yield ["large: one of many", async () => (await kv.get(["large"])).get("large").length];
  yield ["large: too large together", () => kv.get(["large", "m/none"])];
  yield ["large: copied as a stream", async () => (await kv.put("copy", await kv.get("large", "stream")), (await kv.get("copy", "arrayBuffer")).byteLength)];

  // At once
  yield ["at once: 64 puts", () => Promise.all(hundred.slice(0, 64).map((key) => kv.put(key, `at once ${key}`)))];
  yield ["at once: 64 gets", () => Promise.all(hundred.slice(0, 64).map((key) => kv.get(key)))];
  yield ["at once: 64 gets of what is missing", () => Promise.all(hundred.slice(0, 64).map((key) => kv.get(`no ${key}`)))];
  yield ["at once: 32 wrong puts", async () => (await Promise.allSettled(hundred.slice(0, 32).map((key) => kv.put(key, "v", { expirationTtl: 1 })))).map((r) => r.reason?.message)];
}

export default {
  async fetch(request, env) {
    const outcomes = [];
    for (const [call, run] of calls(env.KV)) {
      try {
        outcomes.push([call, await plain(await run())]);
      } catch (e) {
        outcomes.push([call, { throws: String(e), ...(e.retryable && { retryable: true }) }]);
      }
    }
    return Response.json(outcomes);
  },
};
