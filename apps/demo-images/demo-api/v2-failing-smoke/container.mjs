// The bookshop with a mistake that no health check sees: it cannot say which version it is.
const books = [
  { id: 1, title: 'The Left Hand of Darkness', price: 9.5 },
  { id: 2, title: 'Invisible Cities', price: 8 },
]

const routes = {
  '/': () => Response.json({ shop: 'demo', books: books.length }),
  '/books': () => Response.json(books),
  '/health': () => new Response('ok'),
  '/version': () => Response.json({ error: 'no build information' }, { status: 500 }),
}

export default {
  fetch(request) {
    const answer = routes[new URL(request.url).pathname]
    return answer ? answer() : Response.json({ error: 'not found' }, { status: 404 })
  },
}
