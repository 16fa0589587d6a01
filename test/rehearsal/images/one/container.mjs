export default {
  fetch: () => new Response('one'),
}
