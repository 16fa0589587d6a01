import { expect, test } from 'vitest'
import { rollbacksIn } from '../../../cli/faults/rollbacks.ts'
import { underWay } from '../../../domain/rollback-request.ts'
import type { RollbackEntry } from '../../../functions/aws/stage-ledger.ts'

const input = JSON.stringify({ app: 'shop', stage: 'production', reason: 'customers cannot pay' })
const done = (said: object, status: 'SUCCEEDED' | 'ABORTED' = 'SUCCEEDED') => ({
  ...{ name: 'by-a-person', input, status },
  output: JSON.stringify(said),
})
const told = (outcome: 'rolled-back' | 'rollback-failed' | 'aborted') =>
  [{ chosen: { asked: 'by-a-person' }, end: { outcome } }] as unknown as RollbackEntry[]

test('a rollback that a person started is what its execution came to, whatever the ledger says of it', () => {
  expect(rollbacksIn([done({ outcome: 'rolled-back' })], [])).toEqual({ rollbacks: ['rolled-back'], rollbacksTold: [] })
  expect(rollbacksIn([{ name: 'by-a-person', input, status: 'FAILED', error: 'rollback-failed' }], [])).toEqual({
    ...{ rollbacks: ['rollback-failed'], rollbacksTold: [] },
  })
})

test('one that was stopped, or taken over, ended as the ledger says, and one that took nothing was none', () => {
  expect(rollbacksIn([done({}, 'ABORTED')], told('aborted')).rollbacks).toEqual(['aborted'])
  expect(rollbacksIn([done({ outcome: 'aborted' })], told('rolled-back')).rollbacks).toEqual(['rolled-back'])
  expect(rollbacksIn([done({}, 'ABORTED')], []).rollbacks).toEqual([])
})

test('one that a release has handed over, that was refused, or that a release has answered is no rollback of its own', () => {
  const lease = JSON.stringify({ lease: { holder: 'a release', fence: 1 } })
  const refused = { name: 'by-a-person', input, status: 'FAILED' as const, error: 'refused' }
  const answered = done({ kind: 'reported', outcome: 'rolled-back' })
  expect(rollbacksIn([{ ...done({ outcome: 'failed' }), input: lease }, refused, answered], []).rollbacks).toEqual([])
  const cause = `${underWay('shop-c4b353e4cc93-1-production-1')}it could not be proven`
  const answeredInVain = { ...refused, error: 'rollback-failed', cause }
  expect(rollbacksIn([answeredInVain], [])).toEqual({ rollbacks: [], rollbacksTold: [] })
})
