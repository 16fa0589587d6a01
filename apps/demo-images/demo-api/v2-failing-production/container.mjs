// The bookshop with a mistake that only production has: its prices are asked of a service that nobody has opened to it.
import { AUTHORS, BOOKS, bookshop } from './bookshop.mjs'

export default bookshop({
  changes: [BOOKS, AUTHORS],
  routes: () => ({
    '/version': (_, { STAGE }) =>
      STAGE === 'production'
        ? Response.json({ error: 'prices cannot be reached' }, { status: 500 })
        : Response.json({ version: 'v2' }),
  }),
})
