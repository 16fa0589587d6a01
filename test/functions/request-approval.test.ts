import { describe, expect, test } from 'vitest'
import { atTheGate, type Gate } from './gate.ts'
import { EXECUTION, RELEASE } from './release.ts'

const APPROVED = { kind: 'done', output: { kind: 'approved', round: 1 } }
const ids = ({ world }: Gate) => [...new Set(world.told().map(({ id }) => id.replace(`demo-${RELEASE}-1/`, '')))]

describe('approvers', () => {
  test('are asked once, however often the step is repeated', async () => {
    const gate = await atTheGate()
    expect(await gate.begin()).toEqual({ kind: 'waits' })
    const first = await gate.asked()
    expect(first).toMatchObject({
      askedAt: gate.world.now(),
      expiresAt: gate.world.now() + 24 * 3_600_000,
      required: 1,
    })
    await gate.begin({ retry: 1 })
    expect(await gate.wake()).toEqual({ kind: 'waits' })
    expect(await gate.release.records.approvalsOf(gate.of)).toEqual([first])
    expect(await gate.mailed()).toEqual(['ana@demo.example', 'bo@demo.example'])
    expect(ids(gate)).toEqual(['approval-requested/production/1'])
  })

  test('have their links to themselves: what everybody is told and what is logged holds none [P7.1d]', async () => {
    const gate = await atTheGate()
    await gate.begin()
    const { world } = gate
    const seenByOthers = JSON.stringify([world.told(), world.logged])
    for (const { link } of (await gate.asked()).approvers) expect(seenByOthers).not.toContain(link)
  })

  test('are asked about what runs now and what would run, while no lock is held [P2.2c]', async () => {
    const gate = await atTheGate()
    await gate.begin()
    const { question } = await gate.asked()
    const { serviceArn: _, ...service } = await gate.world.describe()
    expect(question).toMatchObject({
      ...{ tag: 'v2', stage: 'production' },
      services: [
        {
          ...{ service: 'demo-api', container: 'api', image: 'api', digest: gate.release.plan.images.api?.digest },
          live: { revision: service.currentServiceRevisions?.[0]?.arn, taskDefinition: service.taskDefinition },
          ...{ base: service.taskDefinition, differences: [] },
        },
      ],
    })
    const lock = await gate.release.lock()
    expect(lock.held).toBeUndefined()
    expect(lock.gate).toEqual({ [EXECUTION]: { order: gate.input.order, release: RELEASE } })
  })

  test('who have decided stand in the ledger with what they said, how and when, and everybody is told', async () => {
    const gate = await atTheGate({ approvers: ['Ana', 'Bo', 'Cy'], required: 3 })
    await gate.begin()
    const at = gate.world.now()
    await gate.decides('Ana', 'approve', { comment: 'looks good', how: 'slack' })
    await gate.world.pass(60_000)
    await gate.decides('Bo', 'approve', { how: 'command', by: 'arn:aws:iam::111122223333:user/bo' })
    expect(await gate.wake()).toEqual({ kind: 'waits' })
    expect((await gate.asked()).decisions).toEqual([
      { approver: 'Ana', decision: 'approve', comment: 'looks good', how: 'slack', at },
      {
        ...{ approver: 'Bo', decision: 'approve', comment: '', how: 'command' },
        ...{ by: 'arn:aws:iam::111122223333:user/bo', at: at + 60_000 },
      },
    ])
    expect(ids(gate)).toEqual([
      'approval-requested/production/1',
      'approval-decided/production/1/Ana',
      'approval-decided/production/1/Bo',
    ])
  })
})

describe('the answer', () => {
  test('is yes once so many have approved as must, and the release leaves the gate', async () => {
    const gate = await atTheGate({ approvers: ['Ana', 'Bo', 'Cy'], required: 2 })
    await gate.begin()
    await gate.decides('Cy')
    expect(await gate.wake()).toEqual({ kind: 'waits' })
    await gate.decides('Ana')
    expect(await gate.wake()).toEqual(APPROVED)
    expect((await gate.release.lock()).gate).toEqual({})
    expect(await gate.waiters()).toEqual([])
    expect(gate.world.told().at(-1)?.transition).toEqual({
      ...{ kind: 'approval-ended', stage: 'production', round: 1 },
      end: { kind: 'approved', because: 'approved by Cy and Ana', at: gate.world.now() },
    })
  })

  test('is no as soon as one rejects, whoever has approved before', async () => {
    const gate = await atTheGate({ approvers: ['Ana', 'Bo', 'Cy'], required: 2 })
    await gate.begin()
    await gate.decides('Ana')
    await gate.decides('Bo', 'reject', { comment: 'not on a Friday' })
    expect((await gate.decides('Cy')).kind).toBe('ended')
    expect(await gate.wake()).toEqual({
      kind: 'failed',
      error: 'Rejected',
      because: 'production: Bo rejected it: not on a Friday; nothing was changed',
    })
    expect((await gate.release.lock()).gate).toEqual({})
  })

  test('is no once the time to decide is over, and not a millisecond before', async () => {
    const gate = await atTheGate({ approvers: ['Ana', 'Bo', 'Cy'], required: 2, expiresAfter: '5m' })
    await gate.begin()
    await gate.decides('Ana')
    await gate.world.pass(300_000 - 1)
    expect(await gate.begin({ retry: 1 })).toEqual({ kind: 'waits' })
    await gate.world.pass(1)
    expect((await gate.decides('Bo')).kind).toBe('expired')
    expect(await gate.begin({ retry: 2 })).toEqual({
      kind: 'failed',
      error: 'ApprovalExpired',
      because: 'production: 1 of 2 had approved when the time to decide was over; nothing was changed',
    })
    expect((await gate.asked()).end).toMatchObject({ kind: 'expired', at: gate.world.now() })
  })

  test('is announced to who waits, and is found at the next heartbeat where that is lost', async () => {
    const gate = await atTheGate()
    await gate.begin()
    await gate.decides('Ana')
    await gate.world.pass(1_000)
    expect(gate.announced).toEqual(['Decision Made'])
    expect(await gate.begin({ retry: 1 })).toEqual(APPROVED)
  })

  test('is said again where it was lost on its way', async () => {
    const gate = await atTheGate()
    await gate.begin()
    await gate.decides('Ana')
    gate.world.services.faults.add({ service: 'states', operation: 'SendTaskSuccess', does: 'throttle' })
    await expect(gate.wake()).rejects.toMatchObject({ name: 'Transient' })
    expect(await gate.begin()).toEqual(APPROVED)
    expect((await gate.release.lock()).gate).toEqual({})
  })

  test('counts once for each who gives it twice, even at once', async () => {
    const gate = await atTheGate({ required: 2 })
    await gate.begin()
    const voted = await Promise.all([gate.decides('Ana'), gate.decides('Ana', 'reject'), gate.decides('Ana')])
    expect(voted.map(({ kind }) => kind).toSorted()).toEqual(['already-decided', 'already-decided', 'counted'])
    expect((await gate.asked()).decisions).toHaveLength(1)
  })

  test('is the first of two that contradict each other, and the other hears so', async () => {
    const gate = await atTheGate()
    await gate.begin()
    const voted = await Promise.all([gate.decides('Ana'), gate.decides('Bo', 'reject')])
    expect(voted.map(({ kind }) => kind).toSorted()).toEqual(['counted', 'ended'])
    const { decisions, end } = await gate.asked()
    expect(end?.kind).toBe(decisions[0]?.decision === 'approve' ? 'approved' : 'rejected')
  })
})

test('a release that somebody sets going again after its end asks nobody again', async () => {
  const gate = await atTheGate()
  await gate.begin()
  const { endRelease } = await import('../../functions/end-release.ts')
  await endRelease({ ...gate.of, execution: EXECUTION, outcome: 'aborted', reason: 'stopped by hand' })
  const again = await gate.enters()
  expect(await again.begin()).toEqual({
    kind: 'failed',
    error: 'Refused',
    because: 'production: stopped by hand; nothing was changed',
  })
})

test('an approval is not that of the next attempt, whose approvers are asked anew [P2.2a]', async () => {
  const gate = await atTheGate()
  const { records, plan } = gate.release
  await gate.begin()
  await gate.decides('Ana')
  expect(await gate.wake()).toEqual(APPROVED)
  const next = { ...gate.of, attempt: 2 }
  await records.registerRelease({ ...plan, attempt: 2 })
  await records.recordPlan({ ...plan, attempt: 2 })
  const again = await gate.enters({ attempt: 2 }, EXECUTION.replace(/1$/, '2'))
  expect(await again.begin()).toEqual({ kind: 'waits' })
  expect(await records.approvalsOf(next)).toMatchObject([{ attempt: 2, round: 1, decisions: [] }])
})
