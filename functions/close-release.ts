import * as z from 'zod'
import { attemptOf } from '../domain/identity.ts'
import { outcome } from '../domain/outcome.ts'
import { endRelease } from './aws/end-release.ts'
import { type Needs, writesTable } from './permissions.ts'
import { readableReason } from './reason.ts'
import { done, step } from './step.ts'

export const needs: Needs = { timeoutSeconds: 30, permissions: site => [writesTable(site)] }

const input = attemptOf.extend({ execution: z.string(), outcome, reason: z.string() })

/** After it: the ledger says how the release ended, and it stands in no queue. The first word on its end stands. */
export const handler = step({
  name: 'CloseRelease',
  input,
  run: async of => done(await endRelease({ ...of, reason: readableReason(of.reason) })),
})
