export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/throw') throw new Error('asked for it')
    if (pathname === '/hang') return new Promise(() => {})
    return Response.json({ version: 'two', path: pathname, greeting: env.GREETING })
  },
}
