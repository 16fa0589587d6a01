export default {
  fetch: (request, env) =>
    Response.json({ version: 'two', path: new URL(request.url).pathname, greeting: env.GREETING }),
}
