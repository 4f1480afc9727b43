export default {
  async fetch(request, env) {
    const id = new URL(request.url).pathname.slice(1);
    if (request.method === "PUT") {
      if (await env.FEATURE_FLAGS.get("read-only")) return new Response("no orders today\n", { status: 503 });
      await env.ORDERS.put(id, await request.text());
      return new Response("stored\n");
    }
    const order = await env.ORDERS.get(id);
    return order === null ? new Response("no such order\n", { status: 404 }) : new Response(order);
  },
};
