import { readEnd } from '../../functions/aws/ledger.ts'
import { at } from '../../functions/view/sentences.ts'
import { parsed } from '../arguments.ts'
import { padded } from '../view/padded.ts'
import { outcomeWord } from '../view/release-lines.ts'
import type { Command } from './command.ts'
import { beganAt, newestFirst } from './find-release.ts'
import { AWS, demandApplication, reach } from './reach.ts'

export const releases: Command = {
  usage: '[app] [--aws]',
  about: 'lists releases, the newest first',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, AWS, this.usage)
    const { installation } = await reach(terminal, values)
    const [app] = positionals
    if (app !== undefined) demandApplication(app, installation)
    const { screen, style } = terminal
    for (const name of app === undefined ? installation.applications : [app]) {
      const entries = await newestFirst(name)
      screen.print(style.strong(name), ...(entries.length === 0 ? ['  no release yet'] : []))
      const widest = Math.max(...entries.map(({ tag }) => tag.length))
      for (const entry of entries) {
        const end = await readEnd(entry)
        const word = padded(outcomeWord(end?.outcome, style), 17)
        const id = `${entry.release}-${entry.attempt}`
        screen.print(
          `  ${id.padEnd(16)}  ${entry.tag.padEnd(widest)}  ${at(beganAt(entry))}  ${word} ${end?.reason ?? ''}`,
        )
      }
    }
    return 0
  },
}
