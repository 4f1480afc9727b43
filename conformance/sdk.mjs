// Drives the KV service of Cloudflare's TypeScript library for library_test.go: a call a
// line on standard input, an answer a line on standard output, as gosdk/ask says.
import { createInterface } from "node:readline";

import Cloudflare, { toFile } from "cloudflare";
import { VERSION } from "cloudflare/version";

const all = async (pages) => {
	const items = [];
	for await (const item of pages) items.push(item);
	return items;
};
const namespace = ({ id, title }) => ({ id, title });
const bulk = (r) => ({ successful: r.successful_key_count, unsuccessful: r.unsuccessful_keys });

/** What a call names, without what it leaves out. */
const some = (members) => Object.fromEntries(Object.entries(members).filter(([, v]) => v !== undefined));

const listed = (c) => some({ account_id: c.account, order: c.order, direction: c.direction, page: c.page, per_page: c.per_page });
const keyList = (c) => some({ account_id: c.account, prefix: c.prefix, cursor: c.cursor, limit: c.limit });
const keyPage = (keys, cursor) => ({ keys, cursor: cursor ?? "" });
const keyParameters = (c) => ({ account_id: c.account, namespace_id: c.namespace });

const pairs = (c) => ({ account_id: c.account, body: c.pairs });
const keys = (c) => ({ account_id: c.account, body: c.keys });
const wanted = (c) => some({ account_id: c.account, keys: c.keys, type: c.type, withMetadata: c.with_metadata });

const calls = {
	"namespaces.create": async (n, c) => namespace(await n.create({ account_id: c.account, title: c.title })),
	"namespaces.get": async (n, c) => namespace(await n.get(c.namespace, { account_id: c.account })),
	"namespaces.update": async (n, c) => namespace(await n.update(c.namespace, { account_id: c.account, title: c.title })),
	"namespaces.delete": (n, c) => n.delete(c.namespace, { account_id: c.account }),
	"namespaces.list": async (n, c) => (await n.list(listed(c))).result.map(namespace),
	"namespaces.list all": async (n, c) => (await all(n.list(listed(c)))).map(namespace),
	"namespaces.bulkUpdate": async (n, c) => bulk(await n.bulkUpdate(c.namespace, pairs(c))),
	"namespaces.bulkGet": async (n, c) => (await n.bulkGet(c.namespace, wanted(c))).values,
	"namespaces.bulkDelete": async (n, c) => bulk(await n.bulkDelete(c.namespace, keys(c))),
	"keys.bulkUpdate": async (n, c) => bulk(await n.keys.bulkUpdate(c.namespace, pairs(c))),
	"keys.bulkGet": async (n, c) => (await n.keys.bulkGet(c.namespace, wanted(c))).values,
	"keys.bulkDelete": async (n, c) => bulk(await n.keys.bulkDelete(c.namespace, keys(c))),
	"keys.list": async (n, c) => {
		const page = await n.keys.list(c.namespace, keyList(c));
		return keyPage(page.result, page.result_info.cursor);
	},
	"keys.list all": async (n, c) => keyPage(await all(n.keys.list(c.namespace, keyList(c)))),
	"values.update": async (n, c) => {
		const value = await toFile(Buffer.from(c.value ?? "", "base64"), "value");
		// Metadata as text: of an object the library makes a field for each member, which nobody understands.
		const metadata = c.metadata && JSON.stringify(c.metadata);
		const { expiration, expiration_ttl } = c;
		await n.values.update(c.key, some({ ...keyParameters(c), value, metadata, expiration, expiration_ttl }));
	},
	"values.get": async (n, c) => Buffer.from(await (await n.values.get(c.key, keyParameters(c))).arrayBuffer()).toString("base64"),
	"values.delete": (n, c) => n.values.delete(c.key, keyParameters(c)),
	"metadata.get": (n, c) => n.metadata.get(c.key, keyParameters(c)),
};

const token = ({ id, name, status, value }) => some({ id, name, status, value });
const tokenOf = (c) =>
	some({
		name: c.title,
		status: c.status,
		expires_on: c.expiration && new Date(c.expiration * 1000).toISOString().replace(".000", ""),
		policies: [{ effect: "allow", permission_groups: [{ id: c.group }], resources: { [`com.cloudflare.api.account.${c.resource}`]: "*" } }],
	});

/** The calls of a service of tokens; own is what names the account, where the service wants one. */
const tokenCalls = (name, service, own) => ({
	[`${name}.create`]: async (client, c) => token(await service(client).create({ ...own(c), ...tokenOf(c) })),
	[`${name}.get`]: async (client, c) => token(await service(client).get(c.token_id, own(c))),
	[`${name}.list`]: async (client, c) => (await all(service(client).list(own(c)))).map(token),
	[`${name}.update`]: async (client, c) => token(await service(client).update(c.token_id, { ...own(c), ...tokenOf(c) })),
	[`${name}.verify`]: async (client, c) => token(await service(client).verify(own(c))),
	[`${name}.value.update`]: async (client, c) => ({ value: await service(client).value.update(c.token_id, { ...own(c), body: {} }) }),
	[`${name}.delete`]: (client, c) => service(client).delete(c.token_id, own(c)),
	[`${name}.groups`]: async (client, c) => (await all(service(client).permissionGroups.list(own(c)))).map(token),
});
const ofTokens = {
	...tokenCalls("user.tokens", (client) => client.user.tokens, () => undefined),
	...tokenCalls("accounts.tokens", (client) => client.accounts.tokens, (c) => ({ account_id: c.account })),
};

async function answer(c) {
	const call = calls[c.call];
	const ofToken = ofTokens[c.call];
	if (!call && !ofToken) return { absent: true };
	try {
		const client = new Cloudflare({ baseURL: c.base_url, apiToken: c.token });
		return { result: call ? await call(client.kv.namespaces, c) : await ofToken(client, c) };
	} catch (e) {
		if (!(e instanceof Cloudflare.APIError)) return { error: String(e.stack ?? e) };
		return { error: e.message, status: e.status, code: e.errors?.[0]?.code };
	}
}

console.log(JSON.stringify({ result: VERSION }));
for await (const line of createInterface({ input: process.stdin })) {
	console.log(JSON.stringify(await answer(JSON.parse(line))));
}
