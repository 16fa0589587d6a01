// The bookshop, with a search; each book names its author.
import { AUTHORS, BOOKS, bookshop, DISQUIET, SHELF } from './bookshop.mjs'

const matching = (books, title) => books.filter(book => book.title.toLowerCase().includes(title.toLowerCase()))

export default bookshop({
  changes: [BOOKS, AUTHORS],
  onPaper: [...SHELF, DISQUIET],
  routes: books => ({
    '/books': async ({ searchParams }) => Response.json(matching(await books(), searchParams.get('title') ?? '')),
    '/version': () => Response.json({ version: 'v2' }),
  }),
})
