// The bookshop, with a page for each book.
import { AUTHORS, BOOKS, bookshop, DISQUIET, SHELF } from './bookshop.mjs'

export default bookshop({
  changes: [BOOKS, AUTHORS],
  onPaper: [...SHELF, DISQUIET],
  routes: books => ({
    '/book': async ({ searchParams }) => {
      const found = (await books()).find(({ id }) => id === Number(searchParams.get('id')))
      return found ? Response.json(found) : Response.json({ error: 'no such book' }, { status: 404 })
    },
    '/version': () => Response.json({ version: 'v3' }),
  }),
})
