import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn'
import { readEnd } from '../../functions/aws/ledger.ts'
import { parsed, UsageError } from '../arguments.ts'
import { callerArn } from './caller.ts'
import type { Command } from './command.ts'
import { findRelease } from './find-release.ts'
import { AWS, demandApplication, reach } from './reach.ts'

const OPTIONS = { ...AWS, reason: { type: 'string' } } as const
/** What StopExecution takes as a cause. */
const LONGEST_CAUSE = 32_768

export const abort: Command = {
  usage: '<app> [release|tag] [--reason TEXT] [--aws]',
  about: 'stops a release that is under way; a stage that it was changing goes back',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, OPTIONS, `usage: sluice abort ${this.usage}`, 2)
    const [app, which] = positionals
    if (app === undefined) throw new UsageError(`abort: write sluice abort ${this.usage}`)
    const { installation } = await reach(terminal, values)
    demandApplication(app, installation)
    const entry = await findRelease(app, which)
    const name = `release ${entry.release}-${entry.attempt} (${entry.tag}) of ${app}`
    const end = await readEnd(entry)
    if (end || !entry.started) {
      terminal.screen.print(
        end ? `${name} has ended already: ${end.outcome}; nothing was changed` : `${name} was never started`,
      )
      return 1
    }
    const cause = (values.reason ?? `asked for by ${await callerArn()}`).slice(0, LONGEST_CAUSE)
    await new SFNClient({}).send(
      new StopExecutionCommand({ executionArn: entry.started.executionArn, error: 'Aborted', cause }),
    )
    terminal.screen.print(
      `${name} was stopped; what it held is being settled`,
      `to see it: npm run -s sluice -- watch ${app} ${entry.release}-${entry.attempt}`,
    )
    return 0
  },
}
