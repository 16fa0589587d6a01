import * as z from 'zod'
import { type AttemptOf, attemptOf, executionName, type StageOf } from '../domain/identity.ts'
import { executionStatusChange } from '../events/execution-status-change.ts'
import { endRelease } from './aws/end-release.ts'
import { readEnd, readPlanIfAny } from './aws/ledger.ts'
import { readLock } from './aws/lock.ts'
import { executionStatus, startExecution } from './aws/states.ts'
import { environment } from './environment.ts'
import { type Needs, startsExecutions, writesTable } from './permissions.ts'
import { logger, wrapped } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 30,
  permissions: site => [
    writesTable(site),
    startsExecutions(site.rollbackMachine),
    { actions: ['states:DescribeExecution'], resources: site.executions, because: 'executions of these two machines' },
  ],
  environment: site => ({ ROLLBACK_MACHINE: site.rollbackVersion }),
}

/** Both machines' inputs; a rollback's names the execution of its release. */
const endedInput = attemptOf.extend({ releaseExecution: z.string().optional() })

type Ended = z.infer<typeof executionStatusChange>['detail']

/**
 * After it: a release whose execution ended from outside has an end in the ledger, or the rollback machine has taken
 * over the stage that it held and will write one. It never frees a blocked lock.
 */
export const handler = wrapped('CleanUp', async (event: unknown): Promise<void> => {
  const parsed = executionStatusChange.safeParse(event)
  const of = parsed.success ? endedInput.safeParse(JSON.parse(parsed.data.detail.input ?? 'null')) : undefined
  if (!parsed.success || !of?.success)
    return logger.error('malformed event: nothing settled', {
      problems: parsed.error?.issues ?? of?.error?.issues,
      event,
    })
  const ended = parsed.data.detail
  if (await readEnd(of.data))
    return logger.info('ended by itself: nothing to settle', { execution: ended.executionArn })

  const { releaseExecution, ...attempt } = of.data
  const held = await heldStages(attempt)
  for (const stage of held) await takeBack(stage, ended)
  if (held.length === 0) {
    // Its release waits for this rollback and tells the end itself: the first word stands, so it must not be ours.
    if (releaseExecution && (await executionStatus(releaseExecution)) === 'RUNNING')
      return logger.info('its release goes on: nothing to settle', { execution: ended.executionArn })
    await endRelease({ ...attempt, execution: ended.executionArn, outcome: 'aborted', reason: reasonOf(ended) })
  }
  logger.info('settled', { execution: ended.executionArn, held: held.map(({ stage }) => stage) })
})

type Held = StageOf & { lease: { holder: string; fence: number } }

async function heldStages(of: AttemptOf): Promise<Held[]> {
  const held: Held[] = []
  for (const { name: stage } of (await readPlanIfAny(of))?.stages ?? []) {
    const lock = await readLock(of.app, stage)
    if (lock.held?.release === of.release && lock.held.attempt === of.attempt)
      held.push({
        app: of.app,
        release: of.release,
        attempt: of.attempt,
        stage,
        lease: { holder: lock.held.holder, fence: lock.fence },
      })
  }
  return held
}

/** Whoever holds the stage for this release and still runs settles it himself. */
async function takeBack({ lease, ...of }: Held, ended: Ended): Promise<void> {
  if (lease.holder !== ended.executionArn && (await executionStatus(lease.holder)) === 'RUNNING') return
  const name = `${executionName(of)}-${of.stage}-${lease.fence}-clean-up`
  await startExecution(environment('ROLLBACK_MACHINE'), name, {
    ...of,
    lease,
    cause: 'aborted',
    reason: reasonOf(ended),
    releaseExecution: ended.executionArn,
  })
}

function reasonOf({ status, cause, name }: Ended): string {
  const how = { ABORTED: 'was stopped', TIMED_OUT: 'ran out of time' }[status] ?? 'failed'
  return `execution ${name} ${how}${cause ? `: ${cause}` : ''}`
}
