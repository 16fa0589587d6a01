import type { Screen } from '../view/screen.ts'
import type { Style } from '../view/style.ts'

/** Where a command shows what it found. */
export interface Terminal {
  screen: Screen
  style: Style
  /** Something beside the result: which account is asked, and the like. */
  note(line: string): void
}

export interface Command {
  /** What follows its name. */
  usage: string
  /** What it does, in one line. */
  about: string
  /** Resolves with the exit code. Throws a UsageError for what cannot be meant. */
  run(args: string[], terminal: Terminal): Promise<number>
}
