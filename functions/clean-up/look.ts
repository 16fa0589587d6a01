import type { Application } from '../../domain/application.ts'
import type { StageOf } from '../../domain/identity.ts'
import { executionsAt, gone, isKnown } from '../../domain/lock.ts'
import { announce } from '../announce.ts'
import { applications } from '../applications.ts'
import { unsettled } from '../aws/ledger.ts'
import { changeLock, readLock } from '../aws/lock.ts'
import { describeExecution, type Execution } from '../aws/states.ts'
import { forgetAll, stageResource, waitersFor } from '../aws/waits.ts'
import { settleExecution } from './executions.ts'

/** ARN of an execution → what became of what it had left behind. */
type Settled = Record<string, Record<string, unknown>>

/**
 * After it, every execution that has ended is settled, as by the event of its end: those of releases without an end in the ledger,
 * or with one that was not told, and those that hold a stage, or are waited for or wait there; none of them waits any more. One
 * that cannot be read or settled keeps no other from it, nor an application another; the first error is thrown in the end.
 */
export async function settleAll(): Promise<Settled> {
  const settled: Settled = {}
  const failures: unknown[] = []
  const tried: Tried = act => act().catch((error: unknown) => void failures.push(error))
  const ended = endedOnes()
  for (const application of applications()) {
    for (const [executionArn, input] of (await tried(() => knownOf(application))) ?? [])
      await tried(async () => {
        const execution = await ended(executionArn, input)
        if (!execution || settled[executionArn]) return
        settled[executionArn] = (await settleExecution(execution)) ?? { left: 'nothing is known of what it had' }
      })
    for (const { name: stage } of application.stages)
      await tried(() => sweep({ app: application.app, stage }, ended, tried))
  }
  if (failures.length > 0) throw failures[0]
  return settled
}

/** Undefined where it failed, which is then known. */
type Tried = <T>(act: () => Promise<T>) => Promise<T | undefined>

/** ARN → the input, where the ledger knows it. Who holds a stage comes before the release that he holds it for. */
async function knownOf({ app, stages }: Application): Promise<Map<string, object | undefined>> {
  const known = new Map<string, object | undefined>()
  for (const { name } of stages)
    for (const executionArn of executionsAt(await readLock(app, name))) known.set(executionArn, undefined)
  for (const { started, release, attempt } of await unsettled(app))
    if (started) known.set(started.executionArn, { app, release, attempt })
  return known
}

type Ended = ReturnType<typeof endedOnes>

/** An execution, unless it runs; each is asked for once. Step Functions forgets one in the end, and the ledger does not. */
function endedOnes() {
  const seen = new Map<string, Execution | undefined>()
  return async (executionArn: string, input?: object): Promise<Execution | undefined> => {
    const described =
      seen.get(executionArn) ?? (await describeExecution(executionArn)) ?? forgotten(executionArn, input)
    seen.set(executionArn, described)
    return described.status === 'RUNNING' ? undefined : described
  }
}

/** `…:execution:<machine>:<name>` */
function forgotten(executionArn: string, input: object | undefined): Execution {
  const [place = '', machine = ''] = executionArn.split(':execution:')
  const [of = '', name = ''] = machine.split(':')
  return {
    ...{ executionArn, stateMachineArn: `${place}:stateMachine:${of}`, name, status: 'FORGOTTEN' },
    input: input === undefined ? null : JSON.stringify(input),
    cause: 'it ended so long ago that Step Functions does not know it any more',
  }
}

/** Nobody who has ended waits at the stage, or stands in one of its queues. */
async function sweep({ app, stage }: Pick<StageOf, 'app' | 'stage'>, ended: Ended, tried: Tried): Promise<void> {
  const resource = stageResource(app, stage)
  for (const executionArn of new Set((await waitersFor(resource)).map(({ execution }) => execution)))
    await tried(async () => {
      if (await ended(executionArn)) await forgetAll(resource, [executionArn])
    })
  for (const executionArn of executionsAt(await readLock(app, stage)))
    await tried(async () => {
      if (!(await ended(executionArn))) return
      const { next } = await changeLock(app, stage, lock => ({
        next: isKnown(lock, executionArn) ? gone(lock, executionArn) : undefined,
      }))
      if (next) await announce('Lock Freed', { app, stage })
    })
}
