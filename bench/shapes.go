package main

// byHand are the shapes of what a person writes: each defines step«N»(env, path).
var byHand = []string{`
interface «A»Row«N» { id: string; «B»: number; tags: string[]; updated?: Date }

/** reads one «A», from the cache if it is there */
async function step«N»(env: Env, path: string): Promise<«A»Row«N» | null> {
	const key = ` + "`«A»:${path.split(\"/\").at(-1) ?? \"none\"}:«X»`" + `;
	const cached = await env.CACHE.get<«A»Row«N»>(key, "json");
	if (cached !== null) return cached;
	const row = await env.DB.prepare("select id, «B», tags from «A» where id = ? limit 1").bind(path).first<«A»Row«N»>();
	if (!row) return null;
	await env.CACHE.put(key, JSON.stringify(row), { expirationTtl: 60 * 60 });
	return { ...row, tags: row.tags.map((tag) => tag.trim()).filter(Boolean) };
}
`, `
class «A»Store«N»<T extends { «B»?: string }> {
	readonly #seen = new Map<string, T>();
	constructor(private readonly env: Env, private readonly name = "«C»") {}

	async find(key: string): Promise<T | undefined> {
		const known = this.#seen.get(key);
		if (known) return known;
		const text = await this.env.SESSIONS.get(this.name + ":" + key);
		if (text == null) return undefined;
		const value = JSON.parse(text) as T;
		this.#seen.set(key, value);
		return value;
	}

	async forget(key: string): Promise<void> {
		this.#seen.delete(key);
		await this.env.SESSIONS.delete(this.name + ":" + key);
	}
}

async function step«N»(env: Env, path: string) {
	const store = new «A»Store«N»<{ «B»?: string }>(env);
	const found = await store.find(path);
	if (found?.«B» === "«X»") await store.forget(path);
	return found;
}
`, `
type «A»Event«N» =
	| { kind: "«A».created"; «B»: string; at: number }
	| { kind: "«A».moved"; from: string; to: string }
	| { kind: "«A».closed"; reason?: "«C»" | "expired" };

function describe«N»(event: «A»Event«N»): string {
	switch (event.kind) {
		case "«A».created":
			return "created " + event.«B» + " at " + new Date(event.at).toISOString();
		case "«A».moved":
			return event.from === event.to ? "stayed" : ` + "`moved from ${event.from} to ${event.to}`" + `;
		default:
			return event.reason ?? "closed";
	}
}

async function step«N»(env: Env, path: string) {
	const file = await env.FILES.get("«A»/" + path + ".json");
	if (file === null) return null;
	const events = await file.json<«A»Event«N»[]>();
	// the newest first, and not more than a page of them
	return events.slice(-Number(env.LIMIT)).reverse().map(describe«N»);
}
`, `
const «A»Defaults«N» = { «B»: «X», retries: 3, /* milliseconds */ wait: 250, path: /^\/«C»\/([a-z0-9-]+)\/?$/i } as const;

function total«N»(«A»s: { «B»: number; amount?: number }[], rate = 0.19): number {
	let sum = 0;
	for (const { «B», amount = 1 } of «A»s) {
		if («B» < 0) continue;
		sum += «B» * amount;
	}
	return Math.round(sum * (1 + rate) * 100) / 100;
}

async function step«N»(env: Env, path: string) {
	const [, name = "none"] = «A»Defaults«N».path.exec(path) ?? [];
	for (let attempt = 0; attempt < «A»Defaults«N».retries; attempt++) {
		try {
			const { results } = await env.DB.prepare("select * from «C» where name = ?").bind(name).all<{ «B»: number; amount?: number }>();
			return { name, total: total«N»(results), environment: env.ENVIRONMENT };
		} catch (error) {
			console.warn("«A»: try again", attempt, error instanceof Error ? error.message : String(error));
			await new Promise((done) => setTimeout(done, «A»Defaults«N».wait * 2 ** attempt));
		}
	}
	return undefined;
}
`}

// bundled are the shapes of what a bundler leaves of libraries: each defines lib«N».
var bundled = []string{`
function lib«N»(«A», «B») {
  var out = [], last = -1, i;
  for (i = 0; i < «A».length; i++) {
    var code = «A».charCodeAt(i);
    if (code === 37 || code > 127 && «B») {
      if (last !== -1) { out.push(«A».slice(last, i)); last = -1; }
      out.push("%" + (code >> 4 & 15).toString(16) + (code & 15).toString(16));
    } else if (last === -1) last = i;
  }
  return last === -1 ? out.join("") : out.join("") + «A».slice(last);
}
`, `
var lib«N» = class _Lib«N» extends Error {
  static «A» = "«X»";
  constructor(message, { «B»: b = null, cause } = {}) {
    super(message, { cause });
    this.name = "«A»Error";
    this.«B» = b;
  }
  get «C»() { return this.«B» ? _Lib«N».«A» + ":" + this.«B» : void 0; }
  toJSON() { return { name: this.name, message: this.message, [_Lib«N».«A»]: true }; }
};
`, `
var lib«N» = /* @__PURE__ */ (() => {
  const table = new Uint8Array(256), names = { "«A»": 1, "«B»": 2, "«C»": «X», "content-type": 4 };
  for (let i = 0, k = «X»; i < 256; ++i, k = k * 1103515245 + 12345 >>> 0) table[i] = k >>> 16 & 255;
  function hash(text, seed = 5381) {
    for (const c of text) seed = (seed << 5) + seed ^ table[c.codePointAt(0) & 255];
    return seed >>> 0;
  }
  return { hash, lookup: (name) => names[name.toLowerCase()] ?? hash(name) % «X», size: table.length };
})();
`, `
function lib«N»(input, options) {
  const pattern = /(?:^|[\s,;])(«A»|«B»)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,/]+))/g;
  let match, result = Object.create(null);
  while ((match = pattern.exec(input)) !== null) {
    const value = match[2] !== void 0 ? match[2].replace(/\\(.)/g, "$1") : match[3];
    if (!(match[1] in result)) result[match[1]] = options?.decode ? decodeURIComponent(value) : value;
  }
  return typeof options == "function" ? options(result) : result;
}
`, `
var lib«N» = {
  «A»: { type: "object", required: ["«B»", "id"], properties: { id: { type: "string", pattern: "^[a-f0-9]{32}$" }, «B»: { type: "integer", minimum: «X» } } },
  validate(value, path = "$", errors = []) {
    if (typeof value !== "object" || value === null) return errors.push({ path, message: ` + "`${path} must be an object, is ${typeof value}`" + ` }), errors;
    for (const key of this.«A».required) if (!(key in value)) errors.push({ path: path + "." + key, message: "is required" });
    for (const [key, rule] of Object.entries(this.«A».properties)) {
      const got = value[key];
      if (got === void 0) continue;
      if (rule.type === "integer" ? !Number.isInteger(got) : typeof got !== rule.type) errors.push({ path: path + "." + key, message: "must be " + rule.type });
      else if (rule.minimum !== void 0 && got < rule.minimum) errors.push({ path: path + "." + key, message: "is too small" });
    }
    return errors;
  }
};
`, `
async function* lib«N»(stream, { «A» = 65536, signal } = {}) {
  const reader = stream.getReader();
  let rest = new Uint8Array(0);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal?.aborted) throw signal.reason;
      if (done) break;
      const joined = new Uint8Array(rest.length + value.length);
      joined.set(rest), joined.set(value, rest.length);
      let start = 0;
      for (; joined.length - start >= «A»; start += «A») yield joined.subarray(start, start + «A»);
      rest = joined.slice(start);
    }
    rest.length && (yield rest);
  } finally {
    reader.releaseLock();
  }
}
`}
