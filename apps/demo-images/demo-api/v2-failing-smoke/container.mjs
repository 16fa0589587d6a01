// The bookshop with a mistake that no health check sees: it cannot say which version it is.
import { AUTHORS, BOOKS, bookshop } from './bookshop.mjs'

export default bookshop({
  changes: [BOOKS, AUTHORS],
  routes: () => ({ '/version': () => Response.json({ error: 'no build information' }, { status: 500 }) }),
})
