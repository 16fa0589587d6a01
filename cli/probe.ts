import { setTimeout as wait } from 'node:timers/promises'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { SFNClient } from '@aws-sdk/client-sfn'
import { exitCodeOf } from './arguments.ts'
import { cleanUp, linesOfCleanUp } from './probe/clean-up.ts'
import { costsOf } from './probe/costs.ts'
import { probe } from './probe/probe.ts'
import { type WantedAnswers, type WantedCleanUp, wantedBy } from './probe/probe-arguments.ts'
import { countsOf, lastLine, linesFor } from './probe/report.ts'
import { called, type Where, whereWeAre } from './probe/where.ts'
import { stoppedBySignals } from './signals.ts'
import { styleFor } from './view/style.ts'

const removing = { note: (line: string) => console.error(line), pause: async (ms: number) => void (await wait(ms)) }

process.exitCode = await exitCodeOf(async () => {
  const wanted = wantedBy(process.argv.slice(2))
  const where = await whereWeAre()
  if (wanted.kind === 'throw-away' && !wanted.make.isMeant) {
    console.error(costsOf(wanted.make, called(where)).join('\n'))
    return 2
  }
  // The one line of JSON is alone on its stream.
  const say = wanted.json ? console.error : console.log
  say(`sluice · asking AWS: ${called(where)}\n`)
  return wanted.kind === 'clean-up' ? clean(wanted, where) : ask(wanted, where)
})

async function ask(wanted: WantedAnswers, where: Where): Promise<number> {
  const say = wanted.json ? () => {} : console.log
  const signals = stoppedBySignals()
  const style = styleFor(process.stdout)
  const { asked, left } = await probe(wanted, {
    ...removing,
    tell: one => say(linesFor(one, style).join('\n')),
    interruptible: removeAll => signals.stop(async () => tellLeft(await removeAll())),
  })
  tellLeft(left)
  const counts = countsOf(asked)
  const { passed, failed, notAsked } = counts
  if (wanted.json) console.log(JSON.stringify({ passed, failed, notAsked, left, where, questions: asked }))
  else say(`\n${lastLine(counts)}`)
  return failed > 0 || left.length > 0 ? 1 : 0
}

async function clean({ json, isMeant }: WantedCleanUp, where: Where): Promise<number> {
  const account = { ecs: new ECSClient({}), elb: new ElasticLoadBalancingV2Client({}), sfn: new SFNClient({}) }
  const all = await cleanUp(account, isMeant, removing)
  tellLeft(all.left)
  if (json) console.log(JSON.stringify({ ...all, where }))
  else console.log(linesOfCleanUp(all, isMeant).join('\n'))
  if (all.left.length > 0) return 1
  return !isMeant && all.found.length > 0 ? 2 : 0
}

function tellLeft(left: string[]): void {
  for (const sentence of left) console.error(`left behind: ${sentence}`)
}
