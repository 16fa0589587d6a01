// A small bookshop: what is on the shelf, one book, and what an operator asks.
const version = 'v1'
const books = [
  { id: 1, title: 'The Left Hand of Darkness', price: 9.5 },
  { id: 2, title: 'Invisible Cities', price: 8 },
]

const routes = {
  '/': () => Response.json({ shop: 'demo', books: books.length }),
  '/books': () => Response.json(books),
  '/health': () => new Response('ok'),
  '/version': () => Response.json({ version }),
}

export default {
  fetch(request) {
    const answer = routes[new URL(request.url).pathname]
    return answer ? answer() : Response.json({ error: 'not found' }, { status: 404 })
  },
}
