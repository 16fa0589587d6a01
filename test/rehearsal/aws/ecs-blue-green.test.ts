import { afterEach, expect, test } from 'vitest'
import type { WorldOptions } from '../fleet/world.ts'
import { type BlueGreenWorld, createBlueGreenWorld } from './blue-green-world.ts'

let open: BlueGreenWorld | undefined

async function serving(options: WorldOptions = {}): Promise<BlueGreenWorld> {
  const world = await createBlueGreenWorld(options)
  open = world
  await world.created()
  return world
}

afterEach(async () => {
  await open?.close()
  open = undefined
})

test('a blue/green deployment waits at each of its three pauses, and ends when blue is gone', async () => {
  const world = await serving()
  const before = await world.tasks()
  await world.deploy('two')
  const first = await world.paused('POST_TEST_TRAFFIC_SHIFT')
  expect([await world.asUser(), JSON.parse(await world.asTester()).version]).toEqual(['one', 'two'])
  expect([await world.production(), await world.test()]).toEqual([
    { primary: 0, alternate: 100 },
    { primary: 100, alternate: 0 },
  ])
  expect(await world.tasks()).toHaveLength(4)
  await world.answer('POST_TEST_TRAFFIC_SHIFT')
  const second = await world.paused('PRE_PRODUCTION_TRAFFIC_SHIFT')
  expect(await world.asUser()).toBe('one')
  await world.answer('PRE_PRODUCTION_TRAFFIC_SHIFT')
  const third = await world.paused('POST_PRODUCTION_TRAFFIC_SHIFT')
  expect(JSON.parse(await world.asUser()).version).toBe('two')
  expect(await world.production()).toEqual({ primary: 100, alternate: 0 })
  expect((await world.tasks()).filter(({ taskArn }) => before.some(old => old.taskArn === taskArn))).toHaveLength(2)
  expect(new Set([first, second, third].map(({ hookId }) => hookId)).size).toBe(3)
  await world.answer('POST_PRODUCTION_TRAFFIC_SHIFT')
  const deployment = await world.settled()
  expect(deployment).toMatchObject({ status: 'SUCCESSFUL', lifecycleStage: 'CLEAN_UP' })
  expect(await world.tasks()).toHaveLength(2)
  expect((await world.service()).taskDefinition).toMatch(/web:2$/)
})
