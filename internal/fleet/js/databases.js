// D1 databases of an account: each is a Durable Object with SQLite, which the header names. It is asked
// as cloudflare-internal:d1-api asks Cloudflare's: POST /query and /execute, with resultsFormat.
import { DurableObject } from "cloudflare:workers";

const bookmark = "x-cf-d1-session-commit-token";
const toSQL = (value) => (Array.isArray(value) ? new Uint8Array(value).buffer : value);
const fromSQL = (value) => (value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value);

export class Database extends DurableObject {
  async fetch(request) {
    const { storage } = this.ctx, url = new URL(request.url);
    if (url.pathname === "/drop") return Response.json(await storage.deleteAll());
    if (url.pathname === "/dump") return Response.json({ error: "this server makes no dumps" }, { status: 501 });
    const asked = await request.json(), format = url.searchParams.get("resultsFormat");
    try {
      if (url.pathname === "/export") return Response.json({ sql: [...this.export(asked)].join("\n") + "\n" });
      if (url.pathname === "/load") return Response.json({ ...this.load(asked), final_bookmark: await storage.getCurrentBookmark() });
      const queries = (Array.isArray(asked) ? asked : [asked]).filter(({ sql }) => sql.trim() !== "");
      if (queries.length === 0) throw new Error("No SQL statements detected.");
      const results = storage.transactionSync(() => queries.map((query) => this.run(query, format)));
      return Response.json(results, { headers: { [bookmark]: await storage.getCurrentBookmark() } });
    } catch (e) {
      return Response.json({ success: false, error: e.message });
    }
  }

  run({ sql, params }, format) {
    const db = this.ctx.storage.sql, began = performance.now(), before = this.written(), sizeBefore = db.databaseSize;
    const cursor = db.prepare(sql)(...(params ?? []).map(toSQL));
    const columns = cursor.columnNames, rows = [...cursor.raw()].map((row) => row.map(fromSQL));
    const after = this.written(), size = db.databaseSize;
    return {
      success: true,
      results: format === "ROWS_AND_COLUMNS" ? { columns, rows }
        : rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))),
      meta: {
        served_by: "bindery",
        duration: performance.now() - began,
        changes: after.total - before.total,
        last_row_id: after.last,
        changed_db: after.total !== before.total || after.last !== before.last || size !== sizeBefore,
        size_after: size,
        rows_read: cursor.rowsRead,
        rows_written: cursor.rowsWritten,
      },
    };
  }

  // Runs statements of whose rows nobody asks, all or none.
  load(queries) {
    const { storage } = this.ctx, db = storage.sql, began = performance.now(), before = this.written();
    let read = 0, written = 0;
    storage.transactionSync(() => {
      for (const { sql } of queries) {
        const cursor = db.exec(sql);
        for (const row of cursor.raw()) void row;
        read += cursor.rowsRead;
        written += cursor.rowsWritten;
      }
    });
    const after = this.written();
    return {
      meta: {
        served_by: "bindery",
        duration: performance.now() - began,
        changes: after.total - before.total,
        last_row_id: after.last,
        changed_db: written > 0,
        size_after: db.databaseSize,
        rows_read: read,
        rows_written: written,
      },
    };
  }

  // Lines of SQL that make the database again, all as it is at one moment. Texts are written by SQLite, which
  // keeps what a number of JavaScript would round.
  *export({ tables = [], no_schema, no_data }) {
    const db = this.ctx.storage.sql, named = (name) => `"${name.replaceAll('"', '""')}"`;
    const wanted = (name) => tables.length === 0 || tables.includes(name);
    const schema = db.exec("SELECT type, name, tbl_name AS owner, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name = 'sqlite_sequence', rowid").toArray();
    yield "PRAGMA defer_foreign_keys=TRUE;";
    for (const { type, name, sql } of schema) {
      if (type !== "table" || name.startsWith("_cf_") || !wanted(name)) continue;
      if (/^CREATE\s+VIRTUAL/i.test(sql)) throw new Error("D1 Export error: cannot export databases with Virtual Tables (fts5)");
      const counters = name === "sqlite_sequence";
      if (name.startsWith("sqlite_") && !counters) continue;
      if (!no_schema) yield counters ? "DELETE FROM sqlite_sequence;" : `${sql};`;
      if (no_data) continue;
      const columns = db.exec(`PRAGMA table_info(${named(name)})`).toArray().map((column) => named(column.name));
      const values = columns.map((column) => `quote(${column})`).join(" || ',' || ");
      for (const [row] of db.exec(`SELECT ${values} FROM ${named(name)}`).raw()) {
        yield `INSERT INTO ${named(name)} (${columns.join(",")}) VALUES(${row});`;
      }
    }
    if (no_schema) return;
    for (const { type, name, owner, sql } of schema) {
      if (type !== "table" && (wanted(owner) || wanted(name))) yield `${sql};`;
    }
  }

  written() {
    return this.ctx.storage.sql.exec("SELECT total_changes() AS total, last_insert_rowid() AS last").one();
  }
}

export default {
  fetch(request, { DATABASES }) {
    return DATABASES.get(DATABASES.idFromName(request.headers.get("Bindery-Database"))).fetch(request);
  },
};
