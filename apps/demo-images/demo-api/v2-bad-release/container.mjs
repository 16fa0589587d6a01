// The bookshop with a mistake that only customers meet: every third of them finds the door locked.
import { AUTHORS, BOOKS, bookshop } from './bookshop.mjs'

let visitors = 0

export default bookshop({
  changes: [BOOKS, AUTHORS],
  routes: books => ({
    '/': async () =>
      ++visitors % 3 === 0
        ? Response.json({ error: 'the door is locked' }, { status: 500 })
        : Response.json({ shop: 'demo', books: (await books()).length }),
    '/version': () => Response.json({ version: 'v2' }),
  }),
})
