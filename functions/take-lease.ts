import * as z from 'zod'
import { heldStage, type Lease } from '../domain/identity.ts'
import { takenOver } from '../domain/lock.ts'
import { changeLock } from './aws/lock.ts'
import { failed } from './failure.ts'
import { type Needs, writesTable } from './permissions.ts'
import { done, step } from './step.ts'

export const needs: Needs = { timeoutSeconds: 30, permissions: site => [writesTable(site)] }

const input = heldStage.extend({ execution: z.string() })

/** After it: the rollback holds the stage under a higher fence, and whatever still runs under the release's lease has lost it. */
export const handler = step({
  name: 'TakeLease',
  input,
  run: async ({ app, stage, release, attempt, lease, execution }) => {
    const { fence, holder } = await changeLock(app, stage, lock => {
      if (lock.held?.holder === execution) return { fence: lock.fence, holder: execution }
      if (lock.held?.holder !== lease.holder || lock.fence !== lease.fence) return { holder: lock.held?.holder }
      const next = takenOver(lock, { holder: execution, release, attempt }, Date.now())
      return { next, fence: next.fence, holder: execution }
    })
    if (fence === undefined)
      return failed('LeaseLost', `${stage} of ${app} now belongs to ${holder ?? 'nobody'}; nothing was changed`)
    return done({ lease: { holder: execution, fence } satisfies Lease })
  },
})
