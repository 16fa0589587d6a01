// A server whose commands say how a migration ends.
const verbs = {
  exit: code => Number(code),
  hang: () => new Promise(() => {}),
}

export default {
  fetch: () => new Response('migrated'),
  run: (_env, [verb, ...words]) => verbs[verb](...words),
}
