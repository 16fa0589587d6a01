import { setTimeout as pause } from 'node:timers/promises'
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import * as z from 'zod'
import { outcome } from '../../domain/outcome.ts'
import { rollbackRequest } from '../../domain/rollback-request.ts'
import { historyOf } from '../../functions/aws/executions.ts'
import { readHistory } from '../../functions/view/history.ts'
import { parsed, UsageError } from '../arguments.ts'
import { outcomeWord, stepLines } from '../view/release-lines.ts'
import { callerArn } from './caller.ts'
import type { Command } from './command.ts'
import { AWS, demandApplication, reach } from './reach.ts'

const OPTIONS = { ...AWS, reason: { type: 'string' }, to: { type: 'string' } } as const

const ended = z.object({ outcome, reason: z.string() })

export const rollback: Command = {
  usage: '<app> <stage> [--reason TEXT] [--to RELEASE|TAG] [--aws]',
  about:
    'takes a stage back to what it served before, or to a release that it has served; exit code 0 if that is proven',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, OPTIONS, `usage: sluice rollback ${this.usage}`, 2)
    const [app, stage] = positionals
    if (stage === undefined) throw new UsageError(`rollback: write sluice rollback ${this.usage}`)
    const { installation, now, pauseMs } = await reach(terminal, values)
    demandApplication(app, installation)
    const reason = values.reason ?? `asked for by ${await callerArn()}`
    const input = { app, stage, reason, ...(values.to !== undefined && { to: values.to }) }
    const asked = rollbackRequest(input)
    if (asked.kind === 'refused') throw new UsageError(`rollback: ${asked.because}`)

    const client = new SFNClient({})
    const { executionArn = '' } = await client.send(
      new StartExecutionCommand({ stateMachineArn: installation.rollbackMachine, input: JSON.stringify(input) }),
    )
    const { screen, style } = terminal
    screen.print(`rollback of ${app} ${stage} · ${executionArn}`, '')
    for (;;) {
      const { outside } = readHistory(await historyOf(executionArn))
      screen.live(stepLines(outside, now(), style))
      const { status, output, error, cause = '' } = await client.send(new DescribeExecutionCommand({ executionArn }))
      if (status !== 'RUNNING') {
        const { outcome, reason } = output ? ended.parse(JSON.parse(output)) : { outcome: undefined, reason: cause }
        // `refused`: nothing was changed; `rollback-failed`: the stage is closed.
        const word = outcome ? outcomeWord(outcome, style) : style.bad(`✗ ${error ?? status?.toLowerCase()}`)
        screen.print('', `  ${word}   ${reason}`)
        return outcome === 'rolled-back' ? 0 : 1
      }
      await pause(pauseMs)
    }
  },
}
