// Hands events that are no requests to the Workers of its process, each of which is bound under its name.
export default {
  async fetch(request, env) {
    const { worker, cron, time } = await request.json();
    return Response.json(await env[worker].scheduled({ cron, scheduledTime: new Date(time) }));
  },
};
