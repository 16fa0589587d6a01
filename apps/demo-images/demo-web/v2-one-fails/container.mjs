// The shop window with a blind that is stuck in production: it is never ready there.
import { shopWindow } from './shop-window.mjs'

export default shopWindow({
  version: 'v2',
  title: 'The bookshop: every book has an author',
  health: ({ STAGE }) =>
    STAGE === 'production' ? new Response('the blind is stuck', { status: 500 }) : new Response('ok'),
})
