import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Transition } from '../../events/notification.ts'
import { RELEASE } from './release.ts'
import { createWorld } from './world.ts'

const SCHEDULED = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../events/scheduled-event.json'), 'utf8'))
const ABOUT = { app: 'demo', release: RELEASE, attempt: 1, tag: 'v2' }
const ENDED: Transition = { kind: 'release-ended', outcome: 'released', reason: 'all digests were seen' }
const DAY_MS = 24 * 3_600_000

/** A topic that refuses everything until `mend`. */
async function silenced() {
  const world = await createWorld()
  const { tell, tellUntilSent } = await import('../../functions/tell.ts')
  const { handler } = await import('../../functions/clean-up.ts')
  const down = world.services.faults.add({
    ...{ service: 'sns', times: Number.POSITIVE_INFINITY },
    does: { fail: 'AuthorizationError', statusCode: 403 },
  })
  return {
    world,
    mend: down.end,
    tells: (transition = ENDED) => tell(ABOUT, transition),
    tellsUntilSent: () => tellUntilSent(ABOUT, ENDED),
    looks: () => world.invoke(handler, SCHEDULED),
  }
}

describe('a message that the topic did not take', () => {
  test('is sent by the next look that it does take, as it was and once', async () => {
    const { world, mend, tells, looks } = await silenced()
    const at = world.now()
    expect(await tells()).toBe(false)
    await world.pass(900_000)
    await looks()
    expect(world.told()).toEqual([])
    mend()
    await looks()
    await looks()
    expect(world.told()).toEqual([{ id: `demo-${RELEASE}-1/release-ended`, at, about: ABOUT, transition: ENDED }])
  })

  test('is given up after a day, and the log says so', async () => {
    const { world, mend, tells, looks } = await silenced()
    await tells()
    await world.pass(DAY_MS + 1)
    await looks()
    expect(world.logged).toContainEqual(expect.objectContaining({ message: 'nobody was told, and nobody will be' }))
    mend()
    await looks()
    expect(world.told()).toEqual([])
  })

  test('is not sent again where its step has come by and sent it', async () => {
    const { world, mend, looks, tellsUntilSent } = await silenced()
    await tellsUntilSent()
    mend()
    await tellsUntilSent()
    await looks()
    expect(world.told()).toHaveLength(1)
  })

  test('is sent before what happened after it', async () => {
    const { world, mend, tells, looks } = await silenced()
    const happened: Transition[] = [
      { kind: 'release-started' },
      { kind: 'rolling-back', stage: 'production', reason: 'GET / answered 500' },
      { kind: 'release-ended', outcome: 'rolled-back', reason: 'GET / answered 500' },
    ]
    for (const transition of happened) {
      await tells(transition)
      await world.pass(1_000)
    }
    mend()
    await looks()
    expect(world.told().map(({ transition }) => transition)).toEqual(happened)
  })

  test('is sent however long the sentence that it tells', async () => {
    const { world, mend, tells, looks } = await silenced()
    const trouble: Transition = { kind: 'trouble', stage: 'production', because: 'a snapshot is left; '.repeat(100) }
    await tells(trouble)
    mend()
    await looks()
    expect(world.told().map(({ transition }) => transition)).toEqual([trouble])
  })

  test('is sent though another that was kept cannot be read, which is given up, and the log says so', async () => {
    const { world, mend, tells, looks } = await silenced()
    const { put, query } = await import('../../functions/aws/dynamodb.ts')
    await tells()
    mend()
    const told = { id: 'a', at: world.now(), about: ABOUT, transition: { kind: 'of another version' } }
    await put({ pk: 'UNSENT', sk: 'a', told })
    await looks()
    expect(world.told().map(({ transition }) => transition)).toEqual([ENDED])
    expect(world.logged).toContainEqual(expect.objectContaining({ level: 'ERROR', notification: 'a', told }))
    expect(await query('UNSENT')).toEqual([])
  })

  test('is sent though nothing can be settled', async () => {
    const { world, mend, tells, looks } = await silenced()
    await tells()
    mend()
    world.services.faults.add({
      ...{ service: 'dynamodb', operation: 'GetItem' },
      does: { fail: 'AccessDeniedException', statusCode: 400 },
    })
    await expect(looks()).rejects.toThrow()
    expect(world.told()).toHaveLength(1)
  })
})

test('two troubles of a stage are two messages, and one that is told again is the same', async () => {
  const { world, mend, tells } = await silenced()
  mend()
  for (const because of ['a snapshot is left', 'a task is left', 'a task is left'])
    await tells({ kind: 'trouble', stage: 'production', because })
  const [snapshot, task, again] = world.told().map(({ id }) => id)
  expect(snapshot).not.toBe(task)
  expect(again).toBe(task)
})
