import { afterEach, expect, test } from 'vitest'
import { createClock } from '../../../rehearsal/clock.ts'
import { plainAnswer } from '../../../rehearsal/fleet/http.ts'
import { createWorld, type World } from './world.ts'

let open: World | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

/** A shop whose one target answers with the status that it is given. */
async function shop(drive: 'jump' | 'paced') {
  const clock = drive === 'jump' ? {} : { clock: createClock({ drive, speed: 60 }) }
  const world = await createWorld(clock)
  open = world
  const behaviour = { status: 200 }
  const group = world.loadBalancers.groups.get(world.targetGroupArn)
  const target = group?.register(
    '10.0.0.1',
    80,
    async () => plainAnswer(behaviour.status, ''),
    () => {},
  )
  await world.until('the target is healthy', async () => target?.state === 'healthy')
  return { world, behaviour, group }
}

test.for(['jump', 'paced'] as const)('users ask as often as they should and are all answered: %s', async drive => {
  const { world, group } = await shop(drive)
  const users = world.users(4)
  users.start()
  await world.clock.sleep(60_000)
  await users.stop()
  const { total, failed } = users.counts()
  expect(failed).toBe(0)
  expect(total).toBeGreaterThan(230)
  expect(total).toBeLessThan(250)
  expect(group?.counts).toEqual({ requests: total, target5xx: 0, target4xx: 0, elb5xx: 0 })
  expect(users.failures()).toEqual([])
})

test('a request that fails is counted once, and the first twenty are told', async () => {
  const { world, behaviour, group } = await shop('jump')
  const users = world.users(1)
  const since = world.clock.now()
  users.start()
  await world.clock.sleep(10_500)
  behaviour.status = 404
  await world.clock.sleep(10_000)
  expect(users.failures()).toEqual([])
  behaviour.status = 500
  await world.clock.sleep(30_000)
  await users.stop()
  expect(users.counts()).toEqual({ total: 50, failed: 30 })
  expect(group?.counts).toMatchObject({ requests: 50, target4xx: 10, target5xx: 30 })
  expect(users.failures()).toHaveLength(20)
  expect(users.failures()[0]).toEqual({ at: since + 21_000, status: 500 })
})

test('a request that nobody answers has no status', async () => {
  const { world } = await shop('jump')
  world.loadBalancers.hosts.delete('shop.test')
  const users = world.users(1)
  users.start()
  await world.clock.sleep(1500)
  await users.stop()
  expect(users.failures()).toEqual([{ at: expect.any(Number) }])
})
