// The bookshop that does not open in production: nobody has told it where its stock is.
import { AUTHORS, BOOKS, bookshop } from './bookshop.mjs'

export default bookshop({
  changes: [BOOKS, AUTHORS],
  routes: () => ({ '/version': () => Response.json({ version: 'v2' }) }),
  start({ STAGE, STOCK_URL }) {
    if (STAGE === 'production' && !STOCK_URL) throw new Error('STOCK_URL is not set: say where the stock is')
  },
})
