// The bookshop with a mistake that only production has: its prices are asked of a service that nobody has opened to it.
const books = [
  { id: 1, title: 'The Left Hand of Darkness', price: 9.5 },
  { id: 2, title: 'Invisible Cities', price: 8 },
]

const routes = {
  '/': () => Response.json({ shop: 'demo', books: books.length }),
  '/books': () => Response.json(books),
  '/health': () => new Response('ok'),
  '/version': ({ STAGE }) =>
    STAGE === 'production'
      ? Response.json({ error: 'prices cannot be reached' }, { status: 500 })
      : Response.json({ version: 'v2' }),
}

export default {
  fetch(request, env) {
    const answer = routes[new URL(request.url).pathname]
    return answer ? answer(env) : Response.json({ error: 'not found' }, { status: 404 })
  },
}
