// Stands before a Worker's main module, whose name replaces MAIN, and shows as it does; beside that it has
// an entry point which says what the main module exports.
import { WorkerEntrypoint } from "cloudflare:workers";
import * as main from "MAIN";
export * from "MAIN";
export { default } from "MAIN";

const known = ["fetch", "scheduled", "queue", "email", "tail", "tailStream", "trace", "test"];
const has = (object, name) => {
  try {
    return typeof object?.[name] === "function";
  } catch {
    return false;
  }
};

export class BinderyExports extends WorkerEntrypoint {
  fetch() {
    const begin = typeof main.default === "function" ? main.default.prototype : main.default;
    return Response.json({
      Handlers: known.filter((name) => has(begin, name)).sort(),
      Classes: Object.keys(main).filter((name) => name !== "default" && typeof main[name] === "function").sort(),
    });
  }
}
