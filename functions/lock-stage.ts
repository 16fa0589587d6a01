import * as z from 'zod'
import { type Lease, stageOf } from '../domain/identity.ts'
import { decideLock, freed, gone, type Lock, type LockWish, leaseState, left, queued, taken } from '../domain/lock.ts'
import { announce } from './announce.ts'
import { type EndEntry, readEnd } from './aws/ledger.ts'
import { changeLock } from './aws/lock.ts'
import { executionStatus } from './aws/states.ts'
import { failed } from './failure.ts'
import { announces, answersTasks, type Needs, readsExecutions, usesTable } from './permissions.ts'
import { howToUnlock } from './reason.ts'
import { done } from './step.ts'
import { turnOf } from './turn.ts'
import { type Moment, waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 30,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'DeleteItem'),
    announces(site),
    answersTasks([site.releaseMachine]),
    readsExecutions(site),
  ],
  seldom: {
    'states:DescribeExecution':
      'the lock goes back where its execution ended in the moment that it was taken: no rehearsal hits that moment',
  },
}

const input = stageOf.extend({ order: z.number() })
type Input = z.infer<typeof input>

/** After it: this execution holds the stage's lock, under a fence that nobody had before. */
export const handler = waitingStep({
  name: 'LockStage',
  input,
  begin: async (of: Input, moment) => {
    const { app, stage } = of
    const wish = await wishOf(of, moment)
    const { older } = await changeLock(app, stage, lock => {
      const decision = decideLock(lock, wish)
      const older = Object.values(lock.waiters).some(waiter => waiter.order < wish.order)
      return { older, next: decision.kind === 'wait' ? queued(lock, wish) : undefined }
    })
    // Those who wait and are older look at once, and find that they were superseded; in a queue they were not.
    if (older && !wish.turn) await announce('Release Arrived', { app, stage })
    return []
  },
  check: async (of: Input, moment) => {
    const { app, stage } = of
    const wish = await wishOf(of, moment)
    const { decision, next } = await changeLock(app, stage, lock => {
      const decision = decideLock(lock, wish)
      return { decision, next: after(lock, wish, decision, moment.now) }
    })
    switch (decision.kind) {
      case 'mine':
        return done(leaseOf(wish.holder, decision.fence))
      case 'take':
        return done(leaseOf(wish.holder, next?.fence ?? 0), () => giveBack(of, wish.holder, next?.fence ?? 0))
      case 'wait': {
        const over = await readEnd(of)
        return over ? leave(of, wish.holder, over) : waiting(`${stage}: ${decision.for}`)
      }
      case 'superseded':
        return failed('Superseded', `${decision.by} came first at ${stage}; nothing was changed`)
      case 'blocked':
        return failed(
          'StageBlocked',
          `${stage} of ${app} is blocked since the rollback of release ${decision.release} failed: ${decision.reason} ` +
            howToUnlock(app, stage),
        )
    }
  },
})

/** Whoever ended the release may have looked before it stood in the queue. */
async function leave({ app, stage }: Input, holder: string, { reason }: EndEntry) {
  await changeLock(app, stage, lock => ({ next: gone(lock, holder) }))
  return failed('Refused', `${stage}: ${reason}; nothing was changed`)
}

/** Taken for an execution that had ended meanwhile: nobody else would ever free it. One that runs finds that it has it. */
async function giveBack({ app, stage }: Input, holder: string, fence: number): Promise<void> {
  if ((await executionStatus(holder)) === 'RUNNING') return
  await changeLock(app, stage, lock => (leaseState(lock, { holder, fence }) === 'lost' ? {} : { next: freed(lock) }))
  await announce('Lock Freed', { app, stage })
}

async function wishOf(of: Input, { execution }: Moment): Promise<LockWish> {
  const { release, attempt, order } = of
  return { holder: execution, release, attempt, order, turn: await turnOf(of) }
}

function after(lock: Lock, wish: LockWish, decision: ReturnType<typeof decideLock>, now: number): Lock | undefined {
  if (decision.kind === 'take') return taken(lock, wish, now)
  const waited = decision.kind !== 'wait' && wish.holder in lock.waiters
  return waited ? left(lock, wish.holder) : undefined
}

function leaseOf(holder: string, fence: number): { lease: Lease } {
  return { lease: { holder, fence } }
}
