import { expect, test } from 'vitest'
import { call, createWorld } from '../fleet/world.ts'
import { runOf } from './task-world.ts'

test('every change of a task is announced, with what it is of, who started it and how it ended', async () => {
  const shop = await createWorld()
  await shop.register('job', {
    containerDefinitions: [
      { name: 'job', image: 'registry.test/web:job', environment: [{ name: 'EXIT', value: '3' }] },
      { name: 'helper', image: 'registry.test/web:one', essential: false },
    ],
  })
  await call(shop.ecs, 'RunTask', { ...runOf(), taskDefinition: 'web', startedBy: 'a' })
  await shop.clock.sleep(60_000)
  const told = shop.events.map(({ detail }) => detail)
  expect(told.map(({ lastStatus, version }) => [lastStatus, version])).toEqual([
    ['PROVISIONING', 1],
    ['PENDING', 2],
    ['RUNNING', 3],
    ['STOPPING', 4],
    ['DEPROVISIONING', 5],
    ['STOPPED', 6],
  ])
  expect(told.at(-1)).toMatchObject({
    group: 'family:web',
    startedBy: 'a',
    stopCode: 'EssentialContainerExited',
    containers: [
      { name: 'job', exitCode: 3 },
      { name: 'helper', exitCode: 0 },
    ],
  })
  await shop.close()
})
