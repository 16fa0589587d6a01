import type { QueueMode } from '../domain/queue.ts'
import { type Attempt, decideRetry, retryCommand } from '../domain/retry.ts'
import type { RetryRequest } from '../events/retry-request.ts'
import { applications } from './applications.ts'
import { type ReleaseEntry, readEnd, releasesOf } from './aws/ledger.ts'
import { readLock } from './aws/lock.ts'
import { readQuarantine } from './aws/stage-ledger.ts'
import { whyNotNow } from './beside.ts'
import { type Started, startAttempt } from './start-attempt.ts'

/** How many releases are named to whoever asks for one that is not known. */
const NAMED = 5

/** After it: the next attempt of the release runs, with the digests, tag and order of the one before; or it is said why not. */
export async function retryRelease({ id: request, detail }: RetryRequest): Promise<Started> {
  const { app, release, reason } = detail
  const refused = (because: string): Started => ({ app, kind: 'refused', because })
  const application = applications().find(candidate => candidate.app === app)
  if (!application)
    return refused(
      `it is not installed; write one of ${applications()
        .map(candidate => candidate.app)
        .join(', ')}`,
    )
  const all = await releasesOf(app)
  const [newest, ...earlier] = all.filter(entry => entry.release === release).sort((a, b) => b.attempt - a.attempt)
  if (!newest) return refused(`release ${release} is not known; ${latest(all)}`)

  const stages = application.stages.map(({ name }) => name)
  const overtakenBy = await newerThan(newest, all, stages, application.trigger.queue)
  const decision = decideRetry({
    ...{ app, release, request, stages },
    newest: await attemptOf(newest),
    earlier: await Promise.all(earlier.map(attemptOf)),
    quarantinedAt: await quarantinedAt(newest, stages),
    overtakenBy: overtakenBy && `release ${nameOf(overtakenBy)}`,
  })
  if (decision.kind === 'refused') return refused(decision.because)
  const { attempt } = decision
  const known = [newest, ...earlier].find(entry => entry.attempt === attempt)
  if (known?.started) return { app, kind: 'started', release, attempt, executionArn: known.started.executionArn }
  const because = await whyNotNow(
    application,
    { app, release, attempt },
    { now: Date.now(), again: retryCommand(detail) },
  )
  if (because !== undefined) return refused(because)
  const { tag, digests, order } = newest
  return startAttempt({
    ...{ app, release, attempt, tag, digests, order },
    retry: { request, ...(reason !== undefined && { reason }) },
  })
}

async function attemptOf(entry: ReleaseEntry): Promise<Attempt> {
  const { attempt, retry, started } = entry
  const state = (await readEnd(entry))?.outcome ?? (started ? 'under-way' : 'registered')
  return { attempt, state, request: retry?.request }
}

async function quarantinedAt({ app, release }: ReleaseEntry, stages: string[]): Promise<string[]> {
  const kept = await Promise.all(stages.map(stage => readQuarantine(app, stage, release)))
  return stages.filter((_, at) => kept[at] !== undefined)
}

/**
 * The newest release by its push that has had a stage's lock, or is on its way to it: who comes after it is superseded. Where each
 * has its turn, only who has had the lock counts: an older one goes before those on their way.
 */
async function newerThan(
  { app, order }: ReleaseEntry,
  all: ReleaseEntry[],
  stages: string[],
  queue: QueueMode,
): Promise<ReleaseEntry | undefined> {
  const locks = await Promise.all(stages.map(stage => readLock(app, stage)))
  const newestLock = Math.max(...locks.map(({ newest = 0 }) => newest))
  const newer = all.filter(entry => entry.started && entry.order > order).sort((a, b) => b.order - a.order)
  const isInTheWay = async (entry: ReleaseEntry) => queue === 'supersede' && !(await readEnd(entry))
  for (const entry of newer) if (entry.order <= newestLock || (await isInTheWay(entry))) return entry
  return undefined
}

function latest(all: ReleaseEntry[]): string {
  const newestFirst = all.toSorted((a, b) => (b.started?.at ?? b.order) - (a.started?.at ?? a.order))
  const names = [...new Set(newestFirst.map(nameOf))].slice(0, NAMED)
  return names.length > 0 ? `the latest are ${names.join(', ')}` : 'there is none yet; push an image'
}

const nameOf = ({ release, tag }: ReleaseEntry) => `${release} (${tag})`
