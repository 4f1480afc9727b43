// Plays an editor to `bindery lsp`, with the library that VS Code speaks the Language Server Protocol with.
//
// usage:  node lsp-client.mjs BINDERY SCENE FOLDER…
// stdout: one line of JSON, what the scene came to; of the scene "wait", the server's process id while it goes on.
//
// What the server publishes is kept by its file, with how often it did: published.get(uri).
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import lsp from "vscode-languageserver-protocol/node";

const [bindery, scene, ...folders] = process.argv.slice(2);
const uriOf = (...path) => pathToFileURL(join(...path)).href;

const server = spawn(bindery, ["lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const exited = new Promise((resolve) => server.on("exit", (code) => resolve(code)));
const connection = lsp.createProtocolConnection(server.stdout, server.stdin);

const published = new Map();
let waiting = [];
connection.onNotification(lsp.PublishDiagnosticsNotification.type, (p) => {
	published.set(p.uri, { ...p, count: (published.get(p.uri)?.count ?? 0) + 1 });
	waiting = waiting.filter((wait) => !wait());
});
const watched = new Promise((resolve) =>
	connection.onRequest(lsp.RegistrationRequest.type, (p) => resolve(p.registrations.map((r) => r.method))),
);
connection.listen();

// findings awaits that a file's were published, for a version where one is given, and lists their rules.
function findings(uri, version) {
	return new Promise((resolve) => {
		const here = () => {
			const last = published.get(uri);
			if (!last || (version !== undefined && last.version !== version)) return false;
			resolve(last.diagnostics.map((d) => d.code));
			return true;
		};
		if (!here()) waiting.push(here);
	});
}

const open = (uri, text, version = 1) =>
	connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
		textDocument: { uri, languageId: "toml", version, text },
	});
const type = (uri, version, text) =>
	connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
		textDocument: { uri, version },
		contentChanges: [{ text }],
	});

async function start() {
	const { capabilities } = await connection.sendRequest(lsp.InitializeRequest.type, {
		processId: process.pid,
		rootUri: null,
		workspaceFolders: folders.map((f) => ({ uri: uriOf(f), name: f })),
		capabilities: { workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } } },
	});
	await connection.sendNotification(lsp.InitializedNotification.type, {});
	return capabilities;
}

async function stop() {
	await connection.sendRequest(lsp.ShutdownRequest.type);
	await connection.sendNotification(lsp.ExitNotification.type);
	return exited;
}

const scenes = {
	// A file is opened, a mistake typed, looked at, and repaired by the quick fix.
	async session() {
		const capabilities = await start();
		const uri = uriOf(folders[0], "wrangler.toml");
		const right = readFileSync(new URL(uri), "utf8");
		const wrong = right.replace("kv_namespaces", "kv-namespaces");
		open(uri, right);
		const opened = await findings(uri, 1);
		type(uri, 2, wrong);
		const typed = await findings(uri, 2);
		const textDocument = { uri };
		const [{ range }] = published.get(uri).diagnostics;
		const hover = await connection.sendRequest(lsp.HoverRequest.type, { textDocument, position: range.start });
		const links = await connection.sendRequest(lsp.DocumentLinkRequest.type, { textDocument });
		const actions = await connection.sendRequest(lsp.CodeActionRequest.type, {
			textDocument,
			range,
			context: { diagnostics: published.get(uri).diagnostics, only: [lsp.CodeActionKind.QuickFix] },
		});
		const fix = actions.find((a) => a.isPreferred);
		const document = lsp.TextDocument.create(uri, "toml", 2, wrong);
		const repaired = lsp.TextDocument.applyEdits(document, fix.edit.changes[uri]);
		type(uri, 3, repaired);
		const fixed = await findings(uri, 3);
		connection.sendNotification(lsp.DidCloseTextDocumentNotification.type, { textDocument });
		return {
			sync: capabilities.textDocumentSync.change,
			watched: await watched,
			opened,
			typed,
			hover: hover.contents.value.split("\n")[0],
			links: links.map((l) => l.target.split("#")[1]),
			fix: fix.title,
			restored: repaired === right,
			fixed,
			exit: await stop(),
		};
	},

	// Two folders, one of which goes; and a file that was never saved.
	async folders() {
		await start();
		const [first, second] = folders.map((f) => uriOf(f, "wrangler.toml"));
		const found = { first: await findings(first), second: await findings(second) };
		const unsaved = uriOf(folders[1], "new", "wrangler.toml");
		open(unsaved, readFileSync(new URL(second), "utf8").replace('name = "', 'name = "new-'));
		found.unsaved = await findings(unsaved, 1);
		published.delete(first);
		connection.sendNotification(lsp.DidChangeWorkspaceFoldersNotification.type, {
			event: { added: [], removed: [{ uri: uriOf(folders[0]), name: "first" }] },
		});
		found.removed = await findings(first);
		return { ...found, exit: await stop() };
	},

	// A hundred changes in one go.
	async typing() {
		await start();
		const uri = uriOf(folders[0], "wrangler.toml");
		const right = readFileSync(new URL(uri), "utf8");
		open(uri, right);
		await findings(uri, 1);
		const before = published.get(uri).count;
		for (let version = 2; version <= 101; version++) type(uri, version, `${right}# ${"x".repeat(version)}\n`);
		const last = await findings(uri, 101);
		return { last, judged: published.get(uri).count - before, exit: await stop() };
	},

	// How long a change takes to be judged, in milliseconds: the median of 20.
	async latency() {
		await start();
		const uri = uriOf(folders[0], "wrangler.toml");
		const right = readFileSync(new URL(uri), "utf8");
		open(uri, right);
		await findings(uri, 1);
		const took = [];
		for (let version = 2; version < 22; version++) {
			const since = performance.now();
			type(uri, version, `${right}# ${version}\n`);
			await findings(uri, version);
			took.push(performance.now() - since);
		}
		took.sort((a, b) => a - b);
		return { milliseconds: Math.round(took[10]), exit: await stop() };
	},

	// The editor waits for its end by somebody else's hand.
	async wait() {
		await start();
		await findings(uriOf(folders[0], "wrangler.toml"));
		setInterval(() => {}, 1000);
		return { pid: server.pid };
	},
};

process.stdout.write(JSON.stringify(await scenes[scene]()) + "\n");
