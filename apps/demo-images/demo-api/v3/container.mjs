// The bookshop, with a page for each book.
const version = 'v3'
const books = new Map([
  ['1', { id: 1, title: 'The Left Hand of Darkness', price: 9.5 }],
  ['2', { id: 2, title: 'Invisible Cities', price: 8 }],
  ['3', { id: 3, title: 'The Book of Disquiet', price: 11 }],
])

function answer(path) {
  const [, first, id] = path.split('/')
  if (path === '/') return { shop: 'demo', books: books.size }
  if (path === '/health') return { ok: true }
  if (path === '/version') return { version }
  if (first === 'books') return id ? books.get(id) : [...books.values()]
}

export default {
  fetch(request) {
    const found = answer(new URL(request.url).pathname)
    return found ? Response.json(found) : Response.json({ error: 'not found' }, { status: 404 })
  },
}
