// Says what a Worker exports: stands before its main module, whose name replaces MAIN.
import * as main from "MAIN";

const known = ["fetch", "scheduled", "queue", "email", "tail", "tailStream", "trace", "test"];
const has = (object, name) => {
  try {
    return typeof object?.[name] === "function";
  } catch {
    return false;
  }
};

export default {
  fetch() {
    const begin = typeof main.default === "function" ? main.default.prototype : main.default;
    return Response.json({
      Handlers: known.filter((name) => has(begin, name)).sort(),
      Classes: Object.keys(main).filter((name) => name !== "default" && typeof main[name] === "function").sort(),
    });
  },
};
