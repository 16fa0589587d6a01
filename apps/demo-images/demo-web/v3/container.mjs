// The shop window, with the sign of the next season.
import { shopWindow } from './shop-window.mjs'

export default shopWindow({ version: 'v3', title: 'The bookshop: every book has a page' })
