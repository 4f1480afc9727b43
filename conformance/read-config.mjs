// Reads configurations with wrangler's own reader, for the reading tests. Run it in a folder in which wrangler is
// installed: that one answers.
//
// stdin:  a line of JSON for each read: {"file": "/abs/wrangler.toml", "env": "production"}; no env is the top level.
//         With "source", in base64, that is what is read instead of the file: opening one takes longer than reading it.
// stdout: a line for each, in the same order: {"ok", "error", "config"}; config is the normalized configuration.
//
// Run it with a bare environment: CLOUDFLARE_ENV and its like would change the answers.
import fs from "node:fs";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { join } from "node:path";

// Wrangler talks to people through the console; ours is the only voice on stdout.
for (const name of ["debug", "error", "info", "log", "warn"]) console[name] = () => {};

const { unstable_readConfig } = createRequire(join(process.cwd(), "_.js"))("wrangler");

const readFileSync = fs.readFileSync;

function read({ file, env, source }) {
	fs.readFileSync = (path, ...rest) =>
		path === file && source !== undefined ? Buffer.from(source, "base64") : readFileSync(path, ...rest);
	try {
		// Without hideWarnings most of the time goes into colouring warnings that nobody reads.
		const config = unstable_readConfig({ config: file, env }, { preserveOriginalMain: true, hideWarnings: true });
		return { ok: true, config };
	} catch (error) {
		return { ok: false, error: String(error?.message ?? error) };
	}
}

for await (const line of createInterface({ input: process.stdin })) {
	process.stdout.write(JSON.stringify(read(JSON.parse(line)), plain) + "\n");
}

// plain keeps what JSON cannot say as text: an infinite number and one that is none, and that something is a date.
function plain(key, value) {
	if (this[key] instanceof Date) return "a date";
	return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
