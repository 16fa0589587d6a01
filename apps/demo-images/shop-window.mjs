// What every image of the shop window is built from: pages, and nothing that they would have to be asked for.

/** `title` is over the page; `health` may say that it is not ready. */
export function shopWindow({ version, title, health = () => new Response('ok') }) {
  const page = `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1><p>Come in.</p></html>`
  const answers = {
    '/': () => new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } }),
    '/health': health,
    '/version': () => Response.json({ version }),
  }
  return {
    fetch(request, env) {
      const answer = answers[new URL(request.url).pathname]
      return answer ? answer(env) : new Response('not found', { status: 404 })
    },
  }
}
