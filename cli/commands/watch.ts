import { setTimeout as pause } from 'node:timers/promises'
import { readReleaseView } from '../../functions/view/release-view.ts'
import { parsed, UsageError } from '../arguments.ts'
import { outcomeWord, releaseLines } from '../view/release-lines.ts'
import type { Command } from './command.ts'
import { findRelease } from './find-release.ts'
import { AWS, demandApplication, reach } from './reach.ts'

export const watch: Command = {
  usage: '<app> [release|tag] [--aws]',
  about: 'shows a release step by step until it ends; exit code 0 if it is released',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, AWS, `usage: sluice watch ${this.usage}`, 2)
    const [app, which] = positionals
    if (app === undefined) throw new UsageError(`watch: write sluice watch ${this.usage}`)
    const { installation, now, pauseMs } = await reach(terminal, values)
    demandApplication(app, installation)
    const { screen, style } = terminal
    const entry = await findRelease(app, which)
    screen.print(`release ${entry.release} of ${app}, attempt ${entry.attempt} · ${entry.tag}`, '')
    for (;;) {
      // Read again: the entry says only later which execution it is.
      const view = await readReleaseView(await findRelease(app, `${entry.release}-${entry.attempt}`), installation)
      screen.live(releaseLines(view, now(), style))
      if (view.end && view.stoppedAt !== undefined) {
        screen.print('', `  ${outcomeWord(view.end.outcome, style)}   ${view.end.reason}`)
        return view.end.outcome === 'released' ? 0 : 1
      }
      await pause(pauseMs)
    }
  },
}
