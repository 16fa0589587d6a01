// The bookshop that does not feel well in production: it runs, and every health check finds it ill.
import { AUTHORS, BOOKS, bookshop } from './bookshop.mjs'

export default bookshop({
  changes: [BOOKS, AUTHORS],
  routes: () => ({
    '/health': (_, { STAGE }) =>
      STAGE === 'production' ? Response.json({ error: 'the roof leaks' }, { status: 500 }) : new Response('ok'),
    '/version': () => Response.json({ version: 'v2' }),
  }),
})
