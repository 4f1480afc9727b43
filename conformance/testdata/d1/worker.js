// Every call that a D1 binding offers, with right and wrong arguments. It answers a list of [call, outcome], in which nothing
// depends on the time of day or on how large a file is: the outcome is the same wherever the binding is right.

// plain makes of a result what JSON can say, without what may differ from run to run.
function plain(v) {
  if (v === undefined) return "undefined";
  if (v instanceof ArrayBuffer) return { buffer: [...new Uint8Array(v)] };
  if (Array.isArray(v)) return v.map(plain);
  if (v === null || typeof v !== "object") return v;
  const out = {};
  for (const [k, x] of Object.entries(v)) {
    if (k === "duration") out[k] = typeof x;
    else if (k === "size_after") out[k] = typeof x;
    else if (k === "served_by") out[k] = typeof x;
    else out[k] = plain(x);
  }
  return out;
}

export default {
  async fetch(_, { DB }) {
    const outcomes = [];
    const call = async (name, f) => {
      let saw;
      try {
        saw = plain(await f());
      } catch (e) {
        saw = { error: e.message, cause: e.cause?.message ?? null };
      }
      outcomes.push([name, saw]);
    };
    const sql = (text, ...values) => DB.prepare(text).bind(...values);
    const all = (text, ...values) => call(values.length ? `all ${text} ${JSON.stringify(values.map(String))}` : `all ${text}`, () => sql(text, ...values).all());

    await call("exec create", () => DB.exec("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b REAL, c BLOB)\nCREATE UNIQUE INDEX ta ON t (a)"));
    await call("run insert", () => sql("INSERT INTO t (a, b, c) VALUES (?, ?, ?)", "one", 1.5, new Uint8Array([1, 2, 255])).run());
    await call("run insert two rows", () => sql("INSERT INTO t (a, b) VALUES (?1, ?2), (?3, ?2)", "two", 2, "three").run());
    await call("run insert returning", () => sql("INSERT INTO t (a) VALUES (?) RETURNING id, a", "four").run());
    await call("run update nothing", () => sql("UPDATE t SET a = 'x' WHERE id = 99").run());
    await call("run update", () => sql("UPDATE t SET b = b + 1 WHERE b IS NOT NULL").run());
    await call("run delete", () => sql("DELETE FROM t WHERE a = ?", "four").run());
    await call("run conflict", () => sql("INSERT INTO t (a) VALUES ('one')").run());
    await all("SELECT * FROM t");
    await all("SELECT id, a FROM t WHERE a = ?", "none");
    await all("SELECT id AS a, a FROM t LIMIT 1");
    await all("SELECT count(*) FROM t");
    await all("SELECT ? AS v, typeof(?1) AS t", null);
    await all("SELECT ? AS v, typeof(?1) AS t", 1);
    await all("SELECT ? AS v, typeof(?1) AS t", -1.25);
    await all("SELECT ? AS v, typeof(?1) AS t", true);
    await all("SELECT ? AS v, typeof(?1) AS t", "é漢\u0000x");
    await all("SELECT ? AS v, typeof(?1) AS t", [1, 2, 3]);
    await all("SELECT ? AS v, typeof(?1) AS t", new Uint16Array([1, 2]).buffer);
    await all("SELECT ? AS v, typeof(?1) AS t", []);
    await all("SELECT 9007199254740993 AS big, 1e300 AS huge, 0.1 + 0.2 AS sum, 1/2 AS half, x'00ff' AS blob");
    await all("SELECT sqlite_version() IS NOT NULL AS v");
    await all("SELECT 1 WHERE 0");
    await all("SELECT 1; SELECT 2");
    await all("SELECT 1;");
    await all("-- nothing");
    await all("");
    await all("SELEC 1");
    await all("SELECT * FROM none");
    await all("SELECT none FROM t");
    await all("SELECT ?");
    await all("SELECT ?", 1, 2);
    await all("SELECT ?2", 1);
    await all("SELECT :name", 1);
    await all("BEGIN TRANSACTION");
    await all("COMMIT");
    await all("SAVEPOINT s");
    await all("ATTACH ':memory:' AS m");
    await all("VACUUM");
    await all("PRAGMA journal_mode");
    await all("PRAGMA table_info(t)");
    await all("PRAGMA foreign_keys");
    await all("PRAGMA table_list");
    await all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    await all("SELECT * FROM _cf_KV");
    await all("SELECT json_extract('{\"a\":[1]}', '$.a[0]') AS j");
    await all("CREATE VIRTUAL TABLE f USING fts5(x)");
    await all("EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 'x'");
    await all("SELECT load_extension('x')");
    await all("CREATE TEMP TABLE tmp (x)");
    await all("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n");
    await call("bind undefined", () => sql("SELECT ?", undefined).all());
    await call("bind object", () => sql("SELECT ?", {}).all());
    await call("bind bigint", () => sql("SELECT ?", 1n).all());
    await call("bind array of large numbers", () => sql("SELECT ?", [256]).all());
    await call("first", () => sql("SELECT id, a FROM t ORDER BY id").first());
    await call("first column", () => sql("SELECT id, a FROM t ORDER BY id").first("a"));
    await call("first missing column", () => sql("SELECT id FROM t").first("nope"));
    await call("first of none", () => sql("SELECT id FROM t WHERE 0").first());
    await call("raw", () => sql("SELECT id, a, c FROM t ORDER BY id").raw());
    await call("raw with names", () => sql("SELECT id AS x, a AS x FROM t ORDER BY id").raw({ columnNames: true }));
    await call("raw of none", () => sql("SELECT id FROM t WHERE 0").raw({ columnNames: true }));
    await call("batch", () => DB.batch([sql("INSERT INTO t (a) VALUES (?)", "five"), sql("SELECT count(*) AS n FROM t"), DB.prepare("SELECT 1")]));
    await call("batch fails", () => DB.batch([sql("DELETE FROM t"), sql("SELECT * FROM none")]));
    await call("batch of nothing", () => DB.batch([]));
    await all("SELECT count(*) AS n FROM t");
    await call("exec several lines", () => DB.exec("INSERT INTO t (a) VALUES ('six')\nSELECT 1\n\nDELETE FROM t WHERE a = 'six'"));
    await call("exec bad line", () => DB.exec("SELECT 1\nSELEC 2"));
    await call("exec two on a line", () => DB.exec("SELECT 1; SELECT 2"));
    await call("exec empty", () => DB.exec(""));
    await call("session", async () => {
      const session = DB.withSession();
      const before = session.getBookmark();
      await session.prepare("INSERT INTO t (a) VALUES ('seven')").run();
      const after = session.getBookmark();
      return [before, typeof after, (await DB.withSession(after).prepare("SELECT count(*) AS n FROM t").first()).n];
    });
    await call("session first-primary", () => DB.withSession("first-primary").prepare("SELECT 1 AS one").first());
    await call("long text", async () => (await sql("SELECT length(?) AS n", "x".repeat(1_000_000)).first()).n);
    await call("many parameters", async () => (await sql(`SELECT ${Array(100).fill("?").join("+")} AS n`, ...Array(100).fill(1)).first()).n);
    await call("too many parameters", () => sql(`SELECT ${Array(101).fill("?").join("+")} AS n`, ...Array(101).fill(1)).first());
    await call("many columns", async () => Object.keys(await sql(`SELECT ${[...Array(101).keys()].map((i) => `${i} AS c${i}`)}`).first()).length);
    await call("LIKE of a long pattern", () => sql("SELECT 'a' LIKE ? AS l", "%".repeat(60)).first());
    return Response.json(outcomes);
  },
};
