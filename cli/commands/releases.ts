import { type ReleaseEntry, readEnd } from '../../functions/aws/ledger.ts'
import { tagsOf } from '../../functions/aws/pushes.ts'
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
    const { installation, now } = await reach(terminal, values)
    const [app] = positionals
    if (app !== undefined) demandApplication(app, installation)
    const { screen, style } = terminal
    for (const name of app === undefined ? installation.applications : [app]) {
      const entries = await newestFirst(name)
      screen.print(style.strong(name), ...(entries.length === 0 ? ['  no release yet'] : []))
      for (const line of await awaited(name, entries, now())) screen.print(style.busy(`  ${line}`))
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

/** Tags that were pushed after the newest release and start none yet, with what they wait for. */
async function awaited(app: string, releases: ReleaseEntry[], now: number): Promise<string[]> {
  const newest = Math.max(0, ...releases.map(({ order }) => order))
  return [...(await tagsOf(app))].flatMap(([tag, { incomplete, settling, handled = 0 }]) => {
    if (settling && settling.pushedAt > handled && settling.until > now)
      return [`${tag} was pushed again and starts at ${at(settling.until)}, if it is not pushed once more`]
    if (!incomplete || incomplete.pushedAt <= Math.max(newest, handled)) return []
    return [`${tag}, pushed ${at(incomplete.pushedAt)}, waits for ${incomplete.missing.join(', ')} with this tag`]
  })
}
