import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Answering } from '../../cli/rehearsing/approvers.ts'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import { approvalsOf } from '../../functions/aws/approvals.ts'
import { type Story, story } from './rehearsed.ts'

const file = fileURLToPath(new URL('../apps/two-of-three.yaml', import.meta.url))

/** Each of the three by what they do; who is not named does nothing. */
function twoOfThree(scenario: string, what: Record<string, 'approve' | 'reject'> = {}): Promise<Story> {
  const answering: Answering = ({ approver }) => {
    const decision = what[approver]
    return decision && { decision, comment: `${approver} says ${decision}` }
  }
  return story(scenario, { file, application: validApplication(file), answering })
}

/** What stands in the ledger of each question at production, the first round first. */
function asked({ world, releases }: Story, release = 0) {
  const { app = '', release: id, attempt = 0 } = releases[release] ?? {}
  if (!id) throw new Error('no release was started')
  return world.rehearsal.clock.during('look at the approvals', () =>
    approvalsOf({ app, release: id, attempt, stage: 'production' }),
  )
}

test('two of three agree: the release goes on, and the ledger says who, how and when', async () => {
  const told = await twoOfThree('release', { Ana: 'approve', Cy: 'approve' })
  expect(told.misses).toEqual([])
  expect(told.report).toMatchObject({ outcome: 'released', locks: 0, waits: 0 })
  const [only] = await asked(told)
  expect(only?.end).toMatchObject({ kind: 'approved' })
  expect(only?.decisions.map(({ approver, how, comment }) => [approver, how, comment]).sort()).toEqual([
    ['Ana', 'slack', 'Ana says approve'],
    ['Cy', 'email', 'Cy says approve'],
  ])
  for (const { at } of only?.decisions ?? []) expect(at).toBeGreaterThan(only?.askedAt ?? Number.POSITIVE_INFINITY)
})

test('one of three rejects, and that is a veto, whoever has approved', async () => {
  const told = await twoOfThree('rejected', { Ana: 'approve', Bo: 'reject' })
  expect(told.misses).toEqual([])
  expect(told.report).toMatchObject({ outcome: 'rejected', rollbacks: 0, locks: 0, waits: 0, requests: { failed: 0 } })
  expect(told.report.reason).toBe('production: Bo rejected it: Bo says reject; nothing was changed')
  const [only] = await asked(told)
  expect(only?.decisions.find(({ approver }) => approver === 'Bo')).toMatchObject({ decision: 'reject', how: 'email' })
})

test('one of three says yes and nobody else anything: the question ends by itself, after its time', async () => {
  const told = await twoOfThree('approval-expired', { Ana: 'approve' })
  expect(told.misses).toEqual([])
  expect(told.report).toMatchObject({ outcome: 'expired', locks: 0, waits: 0 })
  expect(told.report.reason).toContain('1 of 2 had approved')
  const waited = told.report.stages[0]?.steps.find(({ name }) => name === 'RequestApproval')?.seconds ?? 0
  expect(waited).toBeGreaterThanOrEqual(2 * 3_600)
  expect(waited).toBeLessThan(2 * 3_600 + 60)
})

test('a newer version at the gate ends the older one, what was approved of it counts for nothing', async () => {
  const told = await twoOfThree('superseded')
  expect(told.misses).toEqual([])
  expect(told.report).toMatchObject({ outcome: 'superseded', executions: 2, rollbacks: 0, locks: 0, waits: 0 })
  expect(told.report.stages[0]?.after).toEqual(told.report.stages[0]?.before)
  const [older, newer] = [await asked(told, 0), await asked(told, 1)]
  expect([older[0]?.end?.kind, newer[0]?.end?.kind]).toEqual(['superseded', 'rejected'])
})

test('what was approved of a stage that has changed since is never deployed: people are asked again [P2.4d]', async () => {
  const told = await story('approval-void')
  expect(told.misses).toEqual([])
  expect(told.report).toMatchObject({ outcome: 'released', locks: 0, waits: 0, requests: { failed: 0 } })
  const rounds = await asked(told)
  expect(new Set(rounds.map(({ hash }) => hash)).size).toBe(2)
  const links = rounds.flatMap(({ approvers }) => approvers.map(({ link }) => link))
  expect(new Set(links).size).toBe(4)
  const production = told.report.stages[1]
  expect(production?.steps.map(({ name }) => name).slice(0, 6)).toEqual([
    'RequestApproval',
    'LockStage',
    'CheckPreconditions',
    'RequestApproval',
    'LockStage',
    'CheckPreconditions',
  ])
})
