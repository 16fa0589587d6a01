// The bookshop with a search that nobody has set up.
import { AUTHORS, BOOKS, bookshop } from './bookshop.mjs'

export default bookshop({
  changes: [BOOKS, AUTHORS],
  routes: () => ({}),
  start({ SEARCH_URL }) {
    if (!SEARCH_URL) throw new Error('SEARCH_URL is not set: say where the books are searched')
  },
})
