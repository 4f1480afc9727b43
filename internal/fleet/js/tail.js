// Hands on what a Worker has done: all of it while somebody watches, and otherwise what is worth a line in the log.
let watched = false;

const notable = (event) => event.outcome !== "ok" || event.logs.length > 0 || event.exceptions.length > 0;

export default {
  fetch(request) {
    watched = new URL(request.url).pathname === "/watched";
    return new Response();
  },
  tail(events, env) {
    if (watched || events.some(notable)) return env.SINK.fetch("http://sink/", { method: "POST", body: JSON.stringify(events) });
  },
};
