import { stripVTControlCharacters } from 'node:util'

/** Text that may be coloured, filled up to a width. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stripVTControlCharacters(text).length))
}
