import { describe, expect, test } from 'vitest'
import { roundOf } from '../../domain/lock.ts'
import type { RequestFault } from '../../rehearsal/aws/wire/faults.ts'
import { startMachines } from '../machines/machines.ts'
import { atTheGate, changeStage, failsAt, type Gate } from './gate.ts'
import { EXECUTION } from './release.ts'
import type { ApplicationFile } from './world.ts'

const BOTH = ['ana@demo.example', 'bo@demo.example']
const textTo = ({ world }: Gate, address: string) => world.services.mailbox.find(({ to }) => to === address)?.text

/** Whether each of the links leads to the question, in the round that was asked. */
async function linksLead({ release, asked }: Gate): Promise<boolean> {
  const { approvers, round } = await asked()
  const targets = await Promise.all(approvers.map(({ link }) => release.records.findLink(link)))
  return targets.every((target, at) => target?.round === round && target.approver === approvers[at]?.name)
}

describe('asking that is interrupted', () => {
  /** What the step writes for the first time, in this order. */
  const writes = ['the place at the gate', 'the question', "Ana's link", "Bo's link"]
  test.each(writes.map((what, at) => [what, at + 1] as const))(
    'before it has written %s goes on where it was',
    async (_, n) => {
      const gate = await atTheGate()
      failsAt(gate.world, 'dynamodb', 'PutItem', n)
      await expect(gate.begin()).rejects.toMatchObject({ name: 'Transient' })
      expect(await gate.mailed()).toEqual([])
      expect(await gate.begin()).toEqual({ kind: 'waits' })
      expect(await gate.mailed()).toEqual(BOTH)
      expect(await linksLead(gate)).toBe(true)
    },
  )

  test('after a mail, before that is written down, sends it twice rather than never', async () => {
    const gate = await atTheGate()
    failsAt(gate.world, 'dynamodb', 'PutItem', 5)
    await expect(gate.begin()).rejects.toMatchObject({ name: 'Transient' })
    await gate.begin()
    expect(await gate.mailed()).toEqual(['ana@demo.example', ...BOTH])
  })

  test('while the topic that tells everybody refuses asks its approvers all the same', async () => {
    const gate = await atTheGate()
    failsAt(gate.world, 'sns', 'Publish', 3)
    expect(await gate.begin()).toEqual({ kind: 'waits' })
    expect(await gate.mailed()).toEqual(BOTH)
    expect(gate.world.told()).toEqual([])
    await gate.begin({ retry: 1 })
    expect(gate.world.told().map(({ transition }) => transition.kind)).toEqual(['approval-requested'])
  })

  test('by the same step at once is done once', async () => {
    const gate = await atTheGate()
    await Promise.all([gate.begin(), gate.begin()])
    expect(await gate.release.records.approvalsOf(gate.of)).toHaveLength(1)
    expect(await linksLead(gate)).toBe(true)
    expect(new Set((await gate.mailed()).toSorted())).toEqual(new Set(BOTH))
  })
})

describe('a link that SNS does not take', () => {
  const REFUSES: RequestFault = { fail: 'AuthorizationError', statusCode: 403 }
  const faults: [string, RequestFault][] = [
    ['is refused', REFUSES],
    ['is invalid', { fail: 'InvalidParameter', statusCode: 400 }],
    ['is throttled', 'throttle'],
    ['meets an error of the server', 'internal-error'],
  ]
  const told = ({ world }: Gate) => world.told().map(({ transition }) => transition.kind)

  test.each(faults)(
    'because it %s is sent at the next heartbeat, once, and the others get theirs at once',
    async (_, does) => {
      const gate = await atTheGate()
      failsAt(gate.world, 'sns', 'Publish', 1, does)
      expect(await gate.begin()).toEqual({ kind: 'waits' })
      expect(await gate.mailed()).toEqual(['bo@demo.example'])
      expect(told(gate)).toEqual(['approval-requested'])
      await gate.begin({ retry: 1 })
      await gate.begin({ retry: 2 })
      expect(await gate.mailed()).toEqual(['bo@demo.example', 'ana@demo.example'])
      for (const { link, email = '' } of (await gate.asked()).approvers) {
        expect(textTo(gate, email)).toContain(`/approvals/${link}?`)
        expect(JSON.stringify(gate.world.logged)).not.toContain(link)
      }
    },
  )

  test('fails no release, and keeps nobody from deciding in another way [P7.1f]', async () => {
    const gate = await atTheGate()
    gate.world.services.faults.add({ service: 'sns', times: Number.POSITIVE_INFINITY, does: REFUSES })
    expect(await gate.begin()).toEqual({ kind: 'waits' })
    await gate.decides('Ana', 'approve', { how: 'command' })
    expect(await gate.wake()).toEqual({ kind: 'done', output: { kind: 'approved', round: 1 } })
  })

  test('because it gives no answer keeps the step no longer for the others, who get theirs at the next heartbeat', async () => {
    const gate = await atTheGate()
    failsAt(gate.world, 'sns', 'Publish', 1, { stallMs: 60_000 })
    expect(await gate.begin()).toEqual({ kind: 'waits' })
    expect(await gate.mailed()).toEqual([])
    expect(told(gate)).toEqual(['approval-requested'])
    await gate.begin({ retry: 1 })
    expect(await gate.mailed()).toEqual(BOTH)
  })
})

/** Ana is asked about production, and has five minutes. */
const asksAna = (file: ApplicationFile) =>
  Object.assign(file.stages[0] ?? {}, {
    approval: { approvers: [{ name: 'Ana', email: 'ana@demo.example' }], expiresAfter: '5m' },
  })

test('a question that could be asked only after some tries ends within a minute of its time', async () => {
  const { calling, push, ended, records } = await startMachines(asksAna)
  for (let tries = 0; tries < 4; tries++)
    calling('release/RequestApproval', () => {
      throw Object.assign(new Error('throttled'), { name: 'Transient' })
    })
  const v2 = await push('v2')
  await ended(v2.arn)
  const [asked] = await records.approvalsOf({ ...v2, stage: 'production' })
  expect(asked?.end?.kind).toBe('expired')
  expect((asked?.end?.at ?? 0) - (asked?.expiresAt ?? 0)).toBeLessThan(61_000)
})

describe('a void question that is interrupted', () => {
  test.each([
    ['before its end is written', 1],
    ['before the next round is written', 2],
  ])('%s is void at the next look, and no round is skipped', async (_, n) => {
    const gate = await atTheGate()
    await gate.begin()
    await changeStage(gate.world)
    failsAt(gate.world, 'dynamodb', 'PutItem', n)
    await expect(gate.wake()).rejects.toMatchObject({ name: 'Transient' })
    expect(await gate.wake()).toEqual({ kind: 'done', output: { kind: 'void', round: 1 } })
    expect((await gate.asked()).end?.kind).toBe('void')
    expect(roundOf(await gate.release.lock(), EXECUTION)).toBe(2)
  })

  test('before the state machine heard of it asks the next round in the same state', async () => {
    const gate = await atTheGate()
    await gate.begin()
    await changeStage(gate.world)
    gate.world.services.faults.add({ service: 'states', operation: 'SendTaskSuccess', does: 'throttle' })
    await expect(gate.wake()).rejects.toMatchObject({ name: 'Transient' })
    expect(await gate.begin({ retry: 1 })).toEqual({ kind: 'waits' })
    await gate.decides('Ana', 'approve', { round: 2 })
    expect(await gate.wake()).toEqual({ kind: 'done', output: { kind: 'approved', round: 2 } })
  })
})
