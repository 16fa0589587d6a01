import { styleText } from 'node:util'

/** Colour only repeats what the sign says. */
export interface Style {
  good(text: string): string
  bad(text: string): string
  busy(text: string): string
  quiet(text: string): string
  strong(text: string): string
}

const plain = (text: string) => text
export const PLAIN: Style = { good: plain, bad: plain, busy: plain, quiet: plain, strong: plain }

const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  styleText(format, text, { validateStream: false })
const COLOURED: Style = {
  good: paint('green'),
  bad: paint('red'),
  busy: paint('yellow'),
  quiet: paint('dim'),
  strong: paint('bold'),
}

/** Colours for a terminal, unless the reader asked for none (NO_COLOR). */
export function styleFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Style {
  return stream.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? COLOURED : PLAIN
}
