// The bookshop, with a search.
const version = 'v2'
const books = [
  { id: 1, title: 'The Left Hand of Darkness', price: 9.5 },
  { id: 2, title: 'Invisible Cities', price: 8 },
  { id: 3, title: 'The Book of Disquiet', price: 11 },
]

const routes = {
  '/': () => Response.json({ shop: 'demo', books: books.length }),
  '/books': ({ searchParams }) => Response.json(matching(searchParams.get('title') ?? '')),
  '/health': () => new Response('ok'),
  '/version': () => Response.json({ version }),
}

function matching(title) {
  return books.filter(book => book.title.toLowerCase().includes(title.toLowerCase()))
}

export default {
  fetch(request) {
    const url = new URL(request.url)
    const answer = routes[url.pathname]
    return answer ? answer(url) : Response.json({ error: 'not found' }, { status: 404 })
  },
}
