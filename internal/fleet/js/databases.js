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

  written() {
    return this.ctx.storage.sql.exec("SELECT total_changes() AS total, last_insert_rowid() AS last").one();
  }
}

export default {
  fetch(request, { DATABASES }) {
    return DATABASES.get(DATABASES.idFromName(request.headers.get("Bindery-Database"))).fetch(request);
  },
};
