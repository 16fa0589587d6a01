// The shop window that takes its time in production: whoever asks is told to come again, for ten minutes if he asks every ten seconds.
import { shopWindow } from './shop-window.mjs'

let asked = 0

export default shopWindow({
  version: 'v2',
  title: 'The bookshop: every book has an author',
  health: ({ STAGE }) =>
    STAGE === 'production' && ++asked < 60 ? new Response('not yet', { status: 503 }) : new Response('ok'),
})
