import { readEnd } from '../../functions/aws/ledger.ts'
import { type TagEntry, tagsOf } from '../../functions/aws/pushes.ts'
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
    const { values, positionals } = parsed(args, AWS, `usage: sluice releases ${this.usage}`, 1)
    const { installation, now } = await reach(terminal, values)
    const [app] = positionals
    if (app !== undefined) demandApplication(app, installation)
    const { screen, style } = terminal
    for (const name of app === undefined ? installation.applications : [app]) {
      const entries = await newestFirst(name)
      screen.print(style.strong(name), ...(entries.length === 0 ? ['  no release yet'] : []))
      const newest = Math.max(0, ...entries.map(({ order }) => order))
      for (const line of waitingTags(await tagsOf(name), newest, now())) screen.print(style.busy(`  ${line}`))
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

/** What tags wait for that start no release yet: of those pushed after the newest release's first push (`newest`, ms). */
export function waitingTags(tags: ReadonlyMap<string, TagEntry>, newest: number, now: number): string[] {
  return [...tags].flatMap(([tag, { incomplete, settling, handled = 0 }]) => {
    if (settling && settling.pushedAt > handled && settling.until > now)
      return [`${tag} was pushed again and starts at ${at(settling.until)}, if it is not pushed once more`]
    if (!incomplete || incomplete.pushedAt <= Math.max(newest, handled)) return []
    return [`${tag}, pushed ${at(incomplete.pushedAt)}, waits for ${incomplete.missing.join(', ')} with this tag`]
  })
}
