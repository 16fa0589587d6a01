import { unblocked } from '../../domain/lock.ts'
import { changeLock } from '../../functions/aws/lock.ts'
import { at } from '../../functions/view/sentences.ts'
import { parsed, UsageError } from '../arguments.ts'
import type { Command } from './command.ts'
import { AWS, demandApplication, reach } from './reach.ts'

export const unlock: Command = {
  usage: '<app> <stage> [--aws]',
  about: 'opens a stage that was blocked because a rollback failed; look first what it serves',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, AWS, `usage: sluice unlock ${this.usage}`, 2)
    const [app, stage] = positionals
    if (stage === undefined) throw new UsageError(`unlock: write sluice unlock ${this.usage}`)
    const { installation } = await reach(terminal, values)
    demandApplication(app, installation)
    const { was, held } = await changeLock(app, stage, lock => ({
      next: lock.blocked && unblocked(lock),
      was: lock.blocked,
      held: lock.held,
    }))
    const { screen } = terminal
    if (!was) {
      screen.print(`${stage} of ${app} is not blocked; nothing was changed`)
      if (held) screen.print(`release ${held.release}-${held.attempt} holds it since ${at(held.since)}`)
      return 1
    }
    screen.print(
      `${stage} of ${app} is open again; release ${was.release}-${was.attempt} had left it blocked: ${was.reason}`,
    )
    return 0
  },
}
