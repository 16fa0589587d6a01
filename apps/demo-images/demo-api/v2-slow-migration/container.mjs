// The bookshop with a migration that takes hours: each author is asked of a library that answers slowly.
import { BOOKS, bookshop } from './bookshop.mjs'

const authors = {
  apply: 'alter table books add column author text',
  undo: 'alter table books drop column author',
  afterwards: 'select pg_sleep(7200)',
}

export default bookshop({
  changes: [BOOKS, authors],
  routes: () => ({ '/version': () => Response.json({ version: 'v2' }) }),
})
