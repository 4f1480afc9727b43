// Path rules and cache policies, as ../seeds declares them: read from KV, at most half a second old.

export interface Rule {
  name: string;
  match: string; // a path, or with /* at its end all below it
  upstream: string; // http://…, https://…, or service:NAME, a service binding
  rewrite?: string; // the path there; * stands for what * matched
  methods?: string[]; // none are all
  key_sha256?: string; // of the key that callers show
}

export interface Policy {
  match: string;
  ttl: number; // seconds
  vary?: string[]; // request headers that make another answer
  bypass?: string[]; // request headers with which nothing is kept
}

export interface Table {
  rules: Rule[];
  policies: Policy[];
}

/** Begins an upstream that is a service binding. */
export const servicePrefix = "service:";

const maxAge = 500; // milliseconds
const bulk = 100; // keys that KV gives in one call

let table: Promise<Table> | undefined;
let since = 0;
let told = new Map<string, string>(); // broken values that the log has

/** The table as the namespace has it. While that does not answer, the former one counts. */
export async function currentTable(storage: KVNamespace): Promise<Table> {
  if (table && Date.now() - since < maxAge) return table;
  since = Date.now();
  const former = table;
  const fresh = load(storage);
  table = fresh.catch((error) => {
    if (!former) throw error;
    console.warn(`rules not read, the former ones count: ${error}`);
    return former;
  });
  table.catch(() => (table = undefined));
  return table;
}

async function load(storage: KVNamespace): Promise<Table> {
  const [rules, policies] = await Promise.all([read(storage, "rule:", rule), read(storage, "cache:", policy)]);
  return { rules: rules.sort(bySpecific), policies: policies.sort(bySpecific) };
}

/** Reads the values of all keys with a prefix. One that is broken is left out, and told once. */
async function read<T>(storage: KVNamespace, prefix: string, parse: (value: any, name: string) => T): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: KVNamespaceListResult<unknown, string> = await storage.list({ prefix, cursor });
    for (let at = 0; at < page.keys.length; at += bulk) {
      const values = await storage.get(page.keys.slice(at, at + bulk).map((key) => key.name));
      for (const [key, value] of values) {
        if (value === null) continue; // deleted in between
        try {
          found.push(parse(JSON.parse(value), key.slice(prefix.length)));
          told.delete(key);
        } catch (error) {
          if (told.get(key) !== value) console.warn(`rule ignored: ${key}: ${error instanceof SyntaxError ? "not JSON" : error}`);
          told.set(key, value);
        }
      }
    }
    cursor = page.list_complete ? null : page.cursor;
  } while (cursor);
  return found;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isList = (value: unknown) => value === undefined || (Array.isArray(value) && value.every(isText));
const isMatch = (value: unknown) => isText(value) && /^\/[^*]*\*?$/.test(value) && (!value.endsWith("*") || value.endsWith("/*"));

function rule(value: any, name: string): Rule {
  only(value, ["match", "upstream", "rewrite", "methods", "key_sha256"]);
  const { match, upstream, rewrite, methods, key_sha256: key } = value;
  if (!isMatch(match)) throw "match is no path, nor one with /* at its end";
  if (!isText(upstream) || !/^(https?:\/\/[^/?#]+[^?#]*|service:\w+)$/.test(upstream)) throw "upstream is no URL and no service";
  if (rewrite !== undefined && (!isText(rewrite) || rewrite[0] !== "/" || (rewrite.endsWith("*") && !match.endsWith("/*")))) {
    throw "rewrite is no path, or has a * that match has not";
  }
  if (!isList(methods) || methods?.some((method: string) => method !== method.toUpperCase())) throw "methods are not in upper case";
  if (key !== undefined && !(isText(key) && /^[0-9a-f]{64}$/i.test(key))) throw "key_sha256 is no SHA-256 in hex";
  return { name, ...value };
}

function policy(value: any): Policy {
  only(value, ["match", "ttl", "vary", "bypass"]);
  if (!isMatch(value.match)) throw "match is no path, nor one with /* at its end";
  if (!Number.isInteger(value.ttl) || value.ttl < 1) throw "ttl is no number of seconds";
  if (!isList(value.vary) || !isList(value.bypass)) throw "vary and bypass are lists of headers";
  return value;
}

function only(value: any, known: string[]) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw "no object";
  for (const name of Object.keys(value)) if (!known.includes(name)) throw `unknown field ${JSON.stringify(name)}`;
}

/** An exact path goes before a pattern, and the longer of two before the other. */
function bySpecific(a: { match: string }, b: { match: string }): number {
  return Number(a.match.endsWith("/*")) - Number(b.match.endsWith("/*")) || b.match.length - a.match.length;
}

/** What * stands for; "" of an exact path, undefined if the path is not meant. */
function matched(match: string, path: string): string | undefined {
  if (!match.endsWith("*")) return match === path ? "" : undefined;
  const prefix = match.slice(0, -1);
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

export function ruleFor(table: Table, path: string): { rule: Rule; rest: string } | undefined {
  for (const rule of table.rules) {
    const rest = matched(rule.match, path);
    if (rest !== undefined) return { rule, rest };
  }
  return undefined;
}

export function policyFor(table: Table, path: string): Policy | undefined {
  return table.policies.find((policy) => matched(policy.match, path) !== undefined);
}

/** The URL that a request goes to. */
export function targetOf(rule: Rule, path: string, rest: string, query: string): string {
  const service = rule.upstream.startsWith(servicePrefix);
  const base = service ? "https://" + rule.upstream.slice(servicePrefix.length) : rule.upstream.replace(/\/$/, "");
  const there = rule.rewrite?.endsWith("*") ? rule.rewrite.slice(0, -1) + rest : (rule.rewrite ?? path);
  return base + there + query;
}
