import { stripVTControlCharacters } from 'node:util'

/** A line that is shown while it may still change. */
export interface LiveLine {
  text: string
  /** It will not change any more. */
  final: boolean
}

export interface Screen {
  /** Ends whatever is live and appends. */
  print(...lines: string[]): void
  /** Appends above whatever is live, which goes on. */
  insert(...lines: string[]): void
  /** Shows these lines in place of the former live ones; where nothing can be rewritten, each once it is final. */
  live(lines: LiveLine[]): void
}

export interface Output {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

export function createScreen(output: Output): Screen {
  return output.isTTY ? rewriting(output) : appending(output)
}

function appending(output: Output): Screen {
  let shown = 0
  return {
    print(...lines) {
      shown = 0
      for (const line of lines) output.write(`${line}\n`)
    },
    insert(...lines) {
      for (const line of lines) output.write(`${line}\n`)
    },
    live(lines) {
      // A later line may be final before an earlier one; it waits, so that the order is that of the terminal's.
      for (let next = lines[shown]; next?.final; next = lines[++shown]) output.write(`${next.text}\n`)
    },
  }
}

function rewriting(output: Output): Screen {
  let drawn: string[] = []
  return {
    print(...lines) {
      drawn = []
      for (const line of lines) output.write(`${line}\n`)
    },
    insert(...lines) {
      const above = drawn.length > 0 ? `\x1b[${drawn.length}A\x1b[0J` : ''
      output.write(`${above}${[...lines, ...drawn].map(line => `${line}\n`).join('')}`)
    },
    live(lines) {
      const next = lines.map(({ text }) => cut(text, (output.columns || 120) - 1))
      const same = next.findIndex((text, at) => text !== drawn[at])
      const from = same < 0 ? next.length : same
      const up = drawn.length - from
      output.write(
        `${up > 0 ? `\x1b[${up}A\x1b[0J` : ''}${next
          .slice(from)
          .map(text => `${text}\n`)
          .join('')}`,
      )
      drawn = next
    },
  }
}

/** A line that wraps could not be rewritten. Colours of what is cut off are given up. */
function cut(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text)
  return plain.length <= columns ? text : `${plain.slice(0, columns - 1)}…`
}
