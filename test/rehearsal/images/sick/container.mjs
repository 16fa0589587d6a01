export default {
  fetch: () => new Response('out of order', { status: 500 }),
}
