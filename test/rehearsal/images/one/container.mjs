export default {
  fetch: request => (request.url.endsWith('/hang') ? new Promise(() => {}) : new Response('one')),
}
