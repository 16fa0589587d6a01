import { setTimeout as wait } from 'node:timers/promises'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { exitCodeOf } from './arguments.ts'
import { costsOf } from './probe/costs.ts'
import { probe } from './probe/probe.ts'
import { wantedBy } from './probe/probe-arguments.ts'
import { countsOf, lastLine, linesFor } from './probe/report.ts'
import { stoppedBySignals } from './signals.ts'
import { styleFor } from './view/style.ts'

process.exitCode = await exitCodeOf(async () => {
  const wanted = wantedBy(process.argv.slice(2))
  const say = wanted.json ? () => {} : console.log
  if (wanted.kind === 'throw-away' && !wanted.make.isMeant) {
    console.error(costsOf(wanted.make).join('\n'))
    return 2
  }
  say(`sluice · asking AWS: ${await whereWeAre()}\n`)
  const signals = stoppedBySignals()
  const style = styleFor(process.stdout)
  const leave = (left: string[]) => {
    for (const sentence of left) console.error(`left behind: ${sentence}`)
  }
  const { asked, left } = await probe(wanted, {
    tell: one => say(linesFor(one, style).join('\n')),
    note: line => console.error(line),
    pause: async ms => void (await wait(ms)),
    interruptible: removeAll => signals.stop(async () => leave(await removeAll())),
  })
  leave(left)
  const counts = countsOf(asked)
  const { passed, failed, notAsked } = counts
  if (wanted.json) console.log(JSON.stringify({ passed, failed, notAsked, left, questions: asked }))
  else say(`\n${lastLine(counts)}`)
  return failed > 0 || left.length > 0 ? 1 : 0
})

async function whereWeAre(): Promise<string> {
  try {
    const sts = new STSClient({})
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}))
    return `account ${Account}, ${await sts.config.region()}, as ${Arn}`
  } catch (error) {
    const { name, message } = error as Error
    throw new Error(
      `AWS cannot be asked: ${name}: ${message}\nset the region and the credentials of the account to ask`,
      {
        cause: error,
      },
    )
  }
}
