// The shop window: what people see from the street.
import { shopWindow } from './shop-window.mjs'

export default shopWindow({ version: 'v1', title: 'The bookshop' })
