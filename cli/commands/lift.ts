import { liftQuarantine, type Quarantine, quarantined } from '../../functions/aws/stage-ledger.ts'
import { at } from '../../functions/view/sentences.ts'
import { parsed, UsageError } from '../arguments.ts'
import type { Command } from './command.ts'
import { AWS, demandApplication, reach } from './reach.ts'

export const lift: Command = {
  usage: '<app> <stage> [release|tag] [--aws]',
  about: 'lets a release that was taken back go to the stage again; without one, lists those that may not',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, AWS, `usage: sluice lift ${this.usage}`)
    const [app, stage, which, ...rest] = positionals
    if (stage === undefined || rest.length > 0) throw new UsageError(`lift: write sluice lift ${this.usage}`)
    const { installation } = await reach(terminal, values)
    demandApplication(app, installation)
    const { screen } = terminal
    const kept = await quarantined(app, stage)
    if (which === undefined) {
      screen.print(...(kept.length > 0 ? kept.map(line) : [`nothing is quarantined at ${stage} of ${app}`]))
      return 0
    }
    const meant = kept.filter(({ release, tag }) => tag === which || (which.length >= 4 && release.startsWith(which)))
    const [found] = meant
    if (!found || meant.length > 1) {
      const known = kept.map(({ release, tag }) => `${release} (${tag})`).join(', ')
      screen.print(
        found ? `${which} stands for several; write one of` : `${which} is not quarantined at ${stage} of ${app}`,
        known || 'nothing is',
      )
      return 1
    }
    await liftQuarantine(app, stage, found.release)
    screen.print(
      `release ${found.release} (${found.tag}) may go to ${stage} of ${app} again`,
      `to serve it there now: npm run -s sluice -- rollback ${app} ${stage} --to ${found.tag}`,
    )
    return 0
  },
}

function line({ release, tag, reason, at: since }: Quarantine): string {
  return `${release}  ${tag.padEnd(20)} since ${at(since)}: ${reason}`
}
