import type { Application } from '../../domain/application.ts'
import { type AttemptOf, executionName } from '../../domain/identity.ts'
import type { Lack } from '../../domain/lack.ts'
import { type NoLongerNamed, noLongerNamed } from '../../domain/no-longer-named.ts'
import type { Plan } from '../../domain/plan.ts'
import { readEnd, readPlanIfAny, releasesOf } from '../../functions/aws/ledger.ts'
import { readLock } from '../../functions/aws/lock.ts'
import { type Examination, judged } from './examination.ts'

/** Whether what is on its way could go on, or back, with the rights that this file gives. */
export async function askUnderWay(examination: Examination, application: Application): Promise<void> {
  await examination.ask('under-way', {}, async () => {
    const plans = await Promise.all((await underWay(application)).map(readPlanIfAny))
    return judged(
      ...plans.flatMap(plan => (plan ? noLongerNamed(plan, application).map(missing => lackOf(plan, missing)) : [])),
    )
  })
}

/** Releases that have not ended, and those that are being taken back from a stage of this file. */
async function underWay({ app, stages }: Application): Promise<AttemptOf[]> {
  const entries = await releasesOf(app)
  const ends = await Promise.all(entries.map(readEnd))
  const open: AttemptOf[] = entries.filter((_, at) => ends[at] === undefined)
  const locks = await Promise.all(stages.map(({ name }) => readLock(app, name)))
  const held = locks.flatMap(({ held }) => (held ? { app, release: held.release, attempt: held.attempt } : []))
  return [...new Map([...open, ...held].map(of => [executionName(of), of])).values()]
}

function lackOf({ app, release, attempt, tag }: Plan, { stage, things }: NoLongerNamed): Lack {
  const name = `${release}-${attempt}`
  const at = stage === undefined ? '' : ` at ${stage}`
  return {
    found: `release ${name} (${tag}) is on its way and names${at} what this file does not: ${things.join(', ')}; with this file deployed it can go neither on nor back there`,
    remedy: `leave that in the deployed file, or deploy it again, until the release has ended; to end it before: npm run -s sluice -- abort ${app} ${name}; to see it`,
    command: `npm run -s sluice -- watch ${app} ${name}`,
  }
}
