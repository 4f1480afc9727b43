// Reads configurations with wrangler's own reader, for reading_test.go.
//
// stdin:  a line of JSON for each read: {"file": "/abs/wrangler.toml", "env": "production"}; no env is the top level.
// stdout: a line for each, in the same order: {"ok", "error", "config"}; config is the normalized configuration.
//
// Run it with a bare environment: CLOUDFLARE_ENV and its like would change the answers.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

// Wrangler talks to people through the console; ours is the only voice on stdout.
for (const name of ["debug", "error", "info", "log", "warn"]) console[name] = () => {};

const { unstable_readConfig } = createRequire(import.meta.url)("wrangler");

function read({ file, env }) {
	try {
		// Without hideWarnings most of the time goes into colouring warnings that nobody reads.
		const config = unstable_readConfig({ config: file, env }, { preserveOriginalMain: true, hideWarnings: true });
		return { ok: true, config };
	} catch (error) {
		return { ok: false, error: String(error?.message ?? error) };
	}
}

for await (const line of createInterface({ input: process.stdin })) {
	process.stdout.write(JSON.stringify(read(JSON.parse(line))) + "\n");
}
