import { randomUUID } from 'node:crypto'
import type { RetryRequest } from '../../events/retry-request.ts'
import { parsed, UsageError } from '../arguments.ts'
import { callerArn } from './caller.ts'
import type { Command } from './command.ts'
import { findRelease } from './find-release.ts'
import { AWS, demandApplication, reach } from './reach.ts'
import { askStartRelease, startedLines } from './start-release.ts'

const OPTIONS = { ...AWS, reason: { type: 'string' } } as const
const LONGEST_REASON = 500

export const retry: Command = {
  usage: '<app> <release|tag> [--reason TEXT] [--aws]',
  about: 'starts the next attempt of a release that has ended: the same digests, once what stopped it is mended',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, OPTIONS, `usage: sluice retry ${this.usage}`, 2)
    const [app, which] = positionals
    if (which === undefined) throw new UsageError(`retry: write sluice retry ${this.usage}`)
    const reason = values.reason?.trim()
    if (reason === '') throw new UsageError('--reason: is empty; say in a sentence why, or leave it out')
    if (reason !== undefined && reason.length > LONGEST_REASON)
      throw new UsageError(`--reason: has ${reason.length} characters; write at most ${LONGEST_REASON}`)
    const reached = await reach(terminal, values)
    demandApplication(app, reached.installation)
    const { release, tag } = await findRelease(app, which)
    const request: RetryRequest = {
      id: randomUUID(),
      source: 'sluice',
      'detail-type': 'Retry Requested',
      detail: { app, release, reason: reason ?? `asked for by ${await callerArn()}`.slice(0, LONGEST_REASON) },
    }
    const [answer] = await askStartRelease(request, reached)
    const { screen } = terminal
    switch (answer?.kind) {
      case 'started':
        screen.print(...startedLines(answer, tag))
        return 0
      case 'refused':
      case 'already-released':
        screen.print(`release ${release} of ${app} ${tag} was not started again: ${answer.because}`)
        return 1
      default:
        throw new Error(
          `${reached.installation.startRelease} did not understand the request: deploy this version of stack Sluice`,
        )
    }
  },
}
