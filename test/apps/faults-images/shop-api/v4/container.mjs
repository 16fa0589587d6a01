// Serves, or does what it is told to the database and ends.
export default {
  fetch: () => new Response('v4'),
  run: (_env, [command]) => {
    console.log(`${command}: done`)
    return 0
  },
}
