// The bookshop with a mistake that few customers meet: too few for its error rate, enough for an alarm of its owners.
import { AUTHORS, BOOKS, bookshop } from './bookshop.mjs'

let visitors = 0

export default bookshop({
  changes: [BOOKS, AUTHORS],
  routes: books => ({
    '/': async () =>
      ++visitors % 15 === 0
        ? Response.json({ error: 'the till is stuck' }, { status: 500 })
        : Response.json({ shop: 'demo', books: (await books()).length }),
    '/version': () => Response.json({ version: 'v2' }),
  }),
})
