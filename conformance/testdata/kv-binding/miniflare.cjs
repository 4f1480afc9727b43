// Starts miniflare with the Worker given and the bindings given, as JSON, prints its address, and runs until it is interrupted.
const { Miniflare } = require("miniflare");
const mf = new Miniflare({
  modules: true,
  scriptPath: process.argv[2],
  compatibilityDate: "2026-04-01",
  ...JSON.parse(process.argv[3]),
  host: "127.0.0.1",
  port: 0,
});
mf.ready.then((url) => console.log(String(url)));
process.on("SIGINT", () => mf.dispose().then(() => process.exit()));
