import * as z from 'zod'
import { attemptOf } from '../domain/identity.ts'
import { outcome } from '../domain/outcome.ts'
import { endRelease } from './end-release.ts'
import { announces, type Needs, TELLING, tells, usesTable } from './permissions.ts'
import { readableReason } from './reason.ts'
import { done, step } from './step.ts'
import { tellEnd } from './tell-end.ts'

export const needs: Needs = {
  timeoutSeconds: 30,
  permissions: site => [usesTable(site, 'GetItem', 'Query', 'PutItem', 'DeleteItem'), announces(site), tells(site)],
  environment: TELLING,
  applications: true,
  unused: {
    'dynamodb:DeleteItem':
      'the release forgets what it still waits for: only a step that was cut short leaves a wait behind',
  },
}

const input = attemptOf.extend({ execution: z.string(), outcome, reason: z.string() })

/** After it: the ledger says how the release ended, it stands in no queue, and people were told. The first word on its end stands. */
export const handler = step({
  name: 'CloseRelease',
  input,
  run: async of => {
    const ended = await endRelease({ ...of, reason: readableReason(of.reason) })
    await tellEnd(of)
    return done(ended)
  },
})
