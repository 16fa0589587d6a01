// A small bookshop: what is on the shelf, who has come in, and what an operator asks.
import { BOOKS, bookshop } from './bookshop.mjs'

export default bookshop({
  changes: [BOOKS],
  routes: () => ({ '/version': () => Response.json({ version: 'v1' }) }),
})
