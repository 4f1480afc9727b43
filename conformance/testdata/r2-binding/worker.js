// Makes every call of an R2 binding, right and wrong, and answers a list of [call, what it saw].
// What is random or a time (versions, dates of upload, ids of uploads) is shown as its form only.

const MiB = 1 << 20;
const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
const bytes = (n, start = 0) => Uint8Array.from({ length: n }, (_, i) => (start + i) % 251);
const sums = (sums) => Object.fromEntries(Object.entries(sums.toJSON()));

async function show(v, secret = []) {
	if (v === null || v === undefined || typeof v !== "object") {
		return secret.includes(v) ? "SECRET" : (v ?? String(v));
	}
	if (Array.isArray(v)) return Promise.all(v.map((one) => show(one, secret)));
	if (v.key === undefined || v.etag === undefined) {
		return Object.fromEntries(await Promise.all(Object.entries(v).map(async ([k, one]) => [k, await show(one, secret)])));
	}
	const seen = {
		key: v.key,
		size: v.size,
		etag: v.etag,
		httpEtag: v.httpEtag,
		version: typeof v.version === "string" && v.version.length > 8,
		uploaded: v.uploaded instanceof Date && Math.abs(Date.now() - v.uploaded) < 600e3,
		range: v.range,
		http: v.httpMetadata,
		custom: v.customMetadata,
		checksums: sums(v.checksums),
		storageClass: v.storageClass || "Standard", // miniflare keeps none
	};
	if ("body" in v) {
		const content = await v.arrayBuffer();
		seen.body = content.byteLength > 200 ? `${content.byteLength} bytes, ${hex(await crypto.subtle.digest("SHA-1", content))}` : new TextDecoder().decode(content);
		seen.bodyUsed = v.bodyUsed;
	}
	return seen;
}

async function run(R2) {
	const outcomes = [];
	let secret = [];
	const call = async (name, f) => {
		let saw;
		try {
			saw = { returned: await show(await f(), secret) };
		} catch (e) {
			saw = { threw: e.name + ": " + String(e.message).replace(/reference = .*/, "reference") };
		}
		outcomes.push([name, saw]);
	};
	const names = (list) => ({
		keys: list.objects.map((o) => o.key),
		prefixes: list.delimitedPrefixes,
		truncated: list.truncated,
		cursor: "cursor" in list && typeof list.cursor === "string",
	});

	// What is not there.
	await call("head of nothing", () => R2.head("none"));
	await call("get of nothing", () => R2.get("none"));
	await call("delete of nothing", () => R2.delete("none"));
	await call("list of nothing", () => R2.list());

	// Values of all kinds.
	const values = {
		text: "hello, ünï",
		empty: "",
		buffer: bytes(10).buffer,
		view: bytes(300).subarray(5, 9),
		blob: new Blob(["of a blob"], { type: "text/x-blob" }),
		null: null,
	};
	for (const [name, value] of Object.entries(values)) {
		await call(`put ${name}`, () => R2.put(`v/${name}`, value));
		await call(`head ${name}`, () => R2.head(`v/${name}`));
		await call(`get ${name}`, () => R2.get(`v/${name}`));
	}
	await call("put a stream of known length", () => R2.put("v/stream", new Response("streamed").body));
	await call("put a stream of unknown length", () => R2.put("v/unknown", new Blob(["x"]).stream().pipeThrough(new TransformStream())));
	await call("put a number", () => R2.put("v/number", 12));
	await call("put an object", () => R2.put("v/object", {}));
	await call("put 20 MiB", () => R2.put("v/large", bytes(20 * MiB)));
	await call("get 20 MiB", () => R2.get("v/large"));
	for (const [offset, length] of [[0, 1], [8 * MiB - 1, 2], [8 * MiB, 8 * MiB], [16 * MiB, undefined], [20 * MiB - 1, 5]]) {
		await call(`get ${length} at ${offset} of 20 MiB`, () => R2.get("v/large", { range: { offset, length } }));
	}
	await call("get in all ways", async () => {
		const read = async (how) => (await R2.get("v/text"))[how]();
		return [await read("text"), hex(await read("arrayBuffer")), await (await read("blob")).text(), hex(await read("bytes"))];
	});
	await R2.put("v/json", '{"a":[1]}');
	await call("get as json", async () => (await R2.get("v/json")).json());
	await call("get as json what is none", async () => (await R2.get("v/text")).json());
	await call("read twice", async () => {
		const o = await R2.get("v/text");
		await o.text();
		return o.text();
	});

	// Metadata.
	const httpMetadata = {
		contentType: "text/x",
		contentLanguage: "de",
		contentDisposition: 'attachment; filename="ü"',
		contentEncoding: "x-none",
		cacheControl: "no-store",
		cacheExpiry: new Date(1e12),
	};
	const customMetadata = { a: "b", "": "empty name", "ünï": "cödé", upper: "CASE" };
	await call("put metadata", () => R2.put("m/all", "x", { httpMetadata, customMetadata }));
	await call("head metadata", () => R2.head("m/all"));
	await call("get metadata", () => R2.get("m/all"));
	await call("writeHttpMetadata", async () => {
		const headers = new Headers();
		(await R2.head("m/all")).writeHttpMetadata(headers);
		return [...headers];
	});
	await call("put headers as metadata", () => R2.put("m/headers", "x", { httpMetadata: new Headers({ "Content-Type": "a/b", "Cache-Control": "private", Expires: new Date(1e12).toUTCString(), "X-Other": "lost" }) }));
	await call("head of those", () => R2.head("m/headers"));
	await call("put without metadata replaces", () => R2.put("m/all", "y"));
	await call("head without metadata", () => R2.head("m/all"));
	await call("metadata of 8192", async () => (await R2.put("m/large", "x", { customMetadata: { k: "v".repeat(8191) } })).key);
	await call("metadata of 8193", () => R2.put("m/large", "x", { customMetadata: { k: "v".repeat(8192) } }));
	await call("metadata of 4096 that is not Latin-1", async () => (await R2.put("m/large", "x", { customMetadata: { k: "€".repeat(4095) } })).key);
	await call("metadata of 4097 that is not Latin-1", () => R2.put("m/large", "x", { customMetadata: { k: "€".repeat(4096) } }));
	await R2.delete("m/large");
	await call("storage class", () => R2.put("m/cold", "x", { storageClass: "InfrequentAccess" }));
	await call("head of a storage class", () => R2.head("m/cold"));
	await call("storage class that is none", () => R2.put("m/class", "x", { storageClass: "Freezing" }));

	// Checksums.
	const content = new TextEncoder().encode("checked");
	for (const [name, algorithm] of Object.entries({ md5: "MD5", sha1: "SHA-1", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" })) {
		const digest = await crypto.subtle.digest(algorithm, content);
		await call(`put with ${name}`, () => R2.put(`c/${name}`, content, { [name]: digest }));
		await call(`head with ${name}`, () => R2.head(`c/${name}`));
		await call(`put with ${name} as hex`, () => R2.put(`c/${name}`, content, { [name]: hex(digest) }));
		await call(`put with another ${name}`, () => R2.put(`c/wrong-${name}`, "other", { [name]: digest }));
		await call(`head after another ${name}`, () => R2.head(`c/wrong-${name}`));
	}
	await call("put with two checksums", () => R2.put("c/two", content, { md5: new ArrayBuffer(16), sha1: new ArrayBuffer(20) }));
	await call("put with half a checksum", () => R2.put("c/half", content, { md5: new ArrayBuffer(8) }));

	// Ranges.
	await R2.put("r", "0123456789");
	const ranges = {
		offset: { offset: 3 },
		"offset at the end": { offset: 10 },
		"offset behind the end": { offset: 11 },
		"offset and length": { offset: 2, length: 3 },
		"length": { length: 4 },
		"length of 0": { offset: 1, length: 0 },
		"more than there is": { offset: 8, length: 100 },
		suffix: { suffix: 3 },
		"suffix of all and more": { suffix: 100 },
		"suffix of 0": { suffix: 0 },
		"suffix and offset": { suffix: 1, offset: 1 },
		"negative offset": { offset: -1 },
		nothing: {},
	};
	for (const [name, range] of Object.entries(ranges)) await call(`range: ${name}`, () => R2.get("r", { range }));
	for (const header of ["bytes=0-0", "bytes=2-4", "bytes=7-", "bytes=-2", "bytes=-10", "bytes=-100", "bytes=-0", "bytes=5-100", "bytes=10-", "bytes=4-2", "bytes=0-1,3-4", "bytes=", "bytes=-", "items=0-1", "BYTES = 1 - 2", "nonsense", "bytes=1-1x"]) {
		await call(`range header: ${header}`, () => R2.get("r", { range: new Headers({ Range: header }) }));
	}
	await R2.put("r/empty", "");
	await call("range of an empty object", () => R2.get("r/empty", { range: { offset: 0 } }));
	await call("suffix of an empty object", () => R2.get("r/empty", { range: { suffix: 1 } }));

	// Conditions.
	const { etag } = await R2.put("o", "conditional");
	const past = new Date(Date.now() - 3600e3);
	const future = new Date(Date.now() + 3600e3);
	const conditions = {
		"etag matches": { etagMatches: etag },
		"etag matches another": { etagMatches: "other" },
		"etag matches any": { etagMatches: "*" },
		"etag matches one of two": { etagMatches: [etag, "other"] },
		"etag matches none of no": { etagMatches: [] },
		"etag does not match": { etagDoesNotMatch: etag },
		"etag does not match another": { etagDoesNotMatch: "other" },
		"etag does not match any": { etagDoesNotMatch: "*" },
		"before the past": { uploadedBefore: past },
		"before the future": { uploadedBefore: future },
		"after the past": { uploadedAfter: past },
		"after the future": { uploadedAfter: future },
		"after the future, another etag": { uploadedAfter: future, etagDoesNotMatch: "other" },
		"before the past, this etag": { uploadedBefore: past, etagMatches: etag },
		"between, by the second": { uploadedAfter: past, uploadedBefore: future, secondsGranularity: true },
		none: {},
	};
	for (const [name, onlyIf] of Object.entries(conditions)) {
		await call(`get if ${name}`, () => R2.get("o", { onlyIf }));
		await call(`put if ${name}`, () => R2.put("o", "conditional", { onlyIf }));
		await call(`put of nothing if ${name}`, async () => {
			await R2.delete("o/new");
			return R2.put("o/new", "new", { onlyIf });
		});
	}
	const headers = {
		"If-Match": [`"${etag}"`, '"other"', "*", `W/"${etag}"`, `"other", "${etag}"`],
		"If-None-Match": [`"${etag}"`, '"other"', "*", `W/"${etag}"`],
		"If-Modified-Since": [past.toUTCString(), future.toUTCString()],
		"If-Unmodified-Since": [past.toUTCString(), future.toUTCString()],
	};
	for (const [name, all] of Object.entries(headers)) {
		for (const [i, value] of all.entries()) {
			await call(`get with ${name}, ${i}`, () => R2.get("o", { onlyIf: new Headers({ [name]: value }) }));
		}
	}
	await call("get if, and a range", () => R2.get("o", { onlyIf: { etagMatches: "other" }, range: { offset: 1 } }));
	await call("get of nothing if", () => R2.get("none", { onlyIf: { etagMatches: "other" } }));

	// Keys.
	for (const [name, key] of Object.entries({
		"of 1024": "k".repeat(1024),
		"of 1025": "k".repeat(1025),
		"of 1026 bytes": "ü".repeat(513),
		empty: "",
		odd: "odd/../é %2F?#\\\u0001\"'<>",
		slash: "/",
		dot: ".",
		"a prefix of another": "odd",
	})) {
		await call(`key ${name}: put`, () => R2.put(key, "x"));
		await call(`key ${name}: head`, async () => (await R2.head(key))?.key === key);
		await call(`key ${name}: delete`, () => R2.delete(key));
		await call(`key ${name}: head after it`, () => R2.head(key));
	}

	// Lists.
	for (const key of ["l/a", "l/a/1", "l/a/2", "l/b", "l/b/1", "l/c/x/1", "l/c/x/2", "l/d", "l/é", "l/𝒳", "l/Z"]) {
		await R2.put(key, key, { httpMetadata: { contentType: "text/" + key.length }, customMetadata: { key: encodeURIComponent(key) } });
	}
	const lists = {
		"by prefix": { prefix: "l/" },
		"by a longer prefix": { prefix: "l/a" },
		"by a prefix of nothing": { prefix: "l/x" },
		"with a delimiter": { prefix: "l/", delimiter: "/" },
		"with a delimiter of two": { prefix: "l/", delimiter: "/x" },
		"with an empty delimiter": { prefix: "l/", delimiter: "" },
		"with a delimiter, no prefix": { delimiter: "/", limit: 20 },
		"with a limit": { prefix: "l/", limit: 2 },
		"with a limit and a delimiter": { prefix: "l/", delimiter: "/", limit: 2 },
		"after a key": { prefix: "l/", startAfter: "l/b" },
		"after what is no key": { prefix: "l/", startAfter: "l/bb" },
		"after the last": { prefix: "l/", startAfter: "l/~~~~\u{10ffff}" },
		"limit 1000": { prefix: "l/", limit: 1000 },
		"limit 1001": { prefix: "l/", limit: 1001 },
		"limit 0": { prefix: "l/", limit: 0 },
		"limit -1": { prefix: "l/", limit: -1 },
	};
	for (const [name, options] of Object.entries(lists)) await call(`list ${name}`, async () => names(await R2.list(options)));
	for (const include of [undefined, [], ["httpMetadata"], ["customMetadata"], ["httpMetadata", "customMetadata"], ["other"]]) {
		await call(`list including ${include}`, async () => (await R2.list({ prefix: "l/a", include })).objects);
	}
	for (const options of [{ limit: 3 }, { limit: 1 }, { limit: 2, delimiter: "/" }, { limit: 1, delimiter: "/" }]) {
		await call(`pages of ${JSON.stringify(options)}`, async () => {
			const pages = [];
			for (let cursor; ; ) {
				const page = await R2.list({ prefix: "l/", ...options, cursor });
				pages.push(names(page));
				if (!page.truncated) return pages;
				cursor = page.cursor;
			}
		});
	}
	await call("list with a cursor that is none", async () => names(await R2.list({ cursor: "!!!" })));

	// Delete many.
	await call("delete two", () => R2.delete(["l/a", "l/b", "none"]));
	await call("list after it", async () => names(await R2.list({ prefix: "l/" })));
	await call("delete no", () => R2.delete([]));
	await call("delete 1000", () => R2.delete(Array.from({ length: 1000 }, (_, i) => `none/${i}`)));
	await call("delete 1001", () => R2.delete(Array.from({ length: 1001 }, (_, i) => `none/${i}`)));

	// Uploads in parts.
	const upload = await R2.createMultipartUpload("u", { httpMetadata: { contentType: "text/parts" }, customMetadata: { in: "parts" } });
	secret = [upload.uploadId];
	await call("create an upload", () => [upload.key, typeof upload.uploadId]);
	const first = await upload.uploadPart(1, bytes(5 * MiB));
	const second = await upload.uploadPart(2, bytes(5 * MiB, 7));
	const last = await upload.uploadPart(3, "the end");
	const spare = await upload.uploadPart(4, "not chosen");
	await call("upload a part", () => [first.partNumber, typeof first.etag, Object.keys(first)]);
	await call("upload a part that is 0", () => upload.uploadPart(0, "x"));
	await call("upload a part that is 10001", () => upload.uploadPart(10001, "x"));
	await call("upload a part of another key", () => R2.resumeMultipartUpload("other", upload.uploadId).uploadPart(1, "x"));
	await call("upload a part of no upload", () => R2.resumeMultipartUpload("u", "none").uploadPart(1, "x"));
	await call("not there yet", () => R2.head("u"));
	await call("complete with another etag", () => upload.complete([{ partNumber: 1, etag: "other" }]));
	await call("complete with a part that is not there", () => upload.complete([{ partNumber: 9, etag: "other" }]));
	await call("complete with a part twice", () => upload.complete([first, first]));
	await call("complete with a small part before the last", () => upload.complete([last, first]));
	await call("complete with a last part that is too large", () => upload.complete([{ ...last }, { ...spare }]));
	const again = await upload.uploadPart(2, bytes(5 * MiB, 9));
	await call("complete with a part that was replaced", () => upload.complete([first, second, last]));
	await call("complete", () => R2.resumeMultipartUpload("u", upload.uploadId).complete([last, first, again]));
	await call("head of parts", () => R2.head("u"));
	await call("get of parts", () => R2.get("u"));
	await call("get over two parts", () => R2.get("u", { range: { offset: 5 * MiB - 3, length: 6 } }));
	await call("get the last part", () => R2.get("u", { range: { suffix: 7 } }));
	await call("complete again", () => upload.complete([first]));
	await call("upload a part after it", () => upload.uploadPart(5, "x"));
	await call("abort after it", () => upload.abort());
	await call("put over parts", () => R2.put("u", "whole"));
	await call("get what was put", () => R2.get("u"));
	const given = await R2.createMultipartUpload("given up");
	await given.uploadPart(1, "x");
	await call("abort", () => given.abort());
	await call("abort again", () => given.abort());
	await call("complete after abort", () => given.complete([]));
	await call("abort no upload", () => R2.resumeMultipartUpload("u", "none").abort());
	await call("complete no upload", () => R2.resumeMultipartUpload("u", "none").complete([]));
	const uneven = await R2.createMultipartUpload("uneven");
	const [a, b, c] = [await uneven.uploadPart(1, bytes(6 * MiB)), await uneven.uploadPart(2, bytes(5 * MiB)), await uneven.uploadPart(3, bytes(7 * MiB))];
	await call("complete uneven parts", () => uneven.complete([a, b, c]));
	await call("complete with a larger last part", () => uneven.complete([b, c]));
	await call("complete with a smaller last part", () => uneven.complete([a, b]));
	const none = await R2.createMultipartUpload("no parts");
	await call("complete without parts", () => none.complete([]));
	await call("head without parts", () => R2.head("no parts"));
	await call("get without parts", () => R2.get("no parts"));

	// What is read while it is replaced.
	await call("get while it is replaced", async () => {
		const o = await R2.get("v/large");
		await R2.put("v/large", "small");
		return o;
	});
	await call("get after it", () => R2.get("v/large"));
	return outcomes;
}

export default {
	async fetch(_request, env) {
		return Response.json(await run(env.R2));
	},
};
