// The bookshop with a database that nobody has set up.
export default {
  start(env) {
    if (!env.DATABASE_URL) throw new Error('DATABASE_URL is not set: say where the books are kept')
  },
  fetch() {
    return new Response('ok')
  },
}
