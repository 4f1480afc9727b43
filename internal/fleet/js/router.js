// Hands events that are no requests to the Workers of its process, each of which is bound under its name.
const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const text = (base64) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes(base64));

const bodies = {
  json: (base64) => ({ body: JSON.parse(text(base64)) }),
  text: (base64) => ({ body: text(base64) }),
  bytes: (base64) => ({ body: bytes(base64).buffer }),
  v8: (base64) => ({ serializedBody: bytes(base64) }),
};
const message = ({ id, sent, attempts, format, body }) => ({ id, timestamp: new Date(sent), attempts, ...bodies[format](body) });

export default {
  async fetch(request, env) {
    const { worker, cron, time, queue, messages } = await request.json(), to = env[worker];
    return Response.json(await (queue ? to.queue(queue, messages.map(message)) : to.scheduled({ cron, scheduledTime: new Date(time) })));
  },
};
