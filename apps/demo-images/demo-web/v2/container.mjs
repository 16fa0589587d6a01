// The shop window, with a new sign.
import { shopWindow } from './shop-window.mjs'

export default shopWindow({ version: 'v2', title: 'The bookshop: every book has an author' })
