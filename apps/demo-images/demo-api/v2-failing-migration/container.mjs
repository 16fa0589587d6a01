// The bookshop with a migration that its data does not allow: books are there already, and none has an author yet.
import { BOOKS, bookshop } from './bookshop.mjs'

const authors = {
  apply: 'alter table books add column author text not null',
  undo: 'alter table books drop column author',
}

export default bookshop({
  changes: [BOOKS, authors],
  routes: () => ({ '/version': () => Response.json({ version: 'v2' }) }),
})
