import { afterEach, expect, test } from 'vitest'
import { type BlueGreenWorld, createBlueGreenWorld, pauseAt } from './blue-green-world.ts'

let open: BlueGreenWorld | undefined
const ringing = new Set<string>()

async function serving(): Promise<BlueGreenWorld> {
  open = await createBlueGreenWorld({ alarms: names => names.filter(name => ringing.has(name)) })
  await open.created()
  return open
}

afterEach(async () => {
  ringing.clear()
  await open?.close()
  open = undefined
})

const watching = (rollback: boolean, enable = true) => ({
  alarms: { alarmNames: ['slow', 'errors'], enable, rollback },
})
const PAUSE = [pauseAt('POST_PRODUCTION_TRAFFIC_SHIFT')]

test('an alarm that rings after the switch takes users back to blue', async () => {
  const world = await serving()
  await world.deploy('two', PAUSE, watching(true))
  await world.paused('POST_PRODUCTION_TRAFFIC_SHIFT')
  expect((await world.deployment()).alarms).toEqual({
    status: 'MONITORING',
    alarmNames: ['slow', 'errors'],
    triggeredAlarmNames: [],
  })
  const started = world.started()
  ringing.add('errors')
  await world.clock.sleep(40_000)
  expect(await world.asUser()).toBe('one')
  expect(await world.settled()).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['errors'] },
    rollback: { reason: expect.stringContaining('errors') },
  })
  expect(world.started()).toBe(started)
  expect(world.announced().map(({ happened }) => happened)).toContain('SERVICE_DEPLOYMENT_FAILED')
})

test('an alarm without rollback ends the deployment, and users stay where they are', async () => {
  const world = await serving()
  await world.deploy('two', PAUSE, watching(false))
  await world.paused('POST_PRODUCTION_TRAFFIC_SHIFT')
  ringing.add('slow')
  expect(await world.settled()).toMatchObject({ status: 'STOPPED', lifecycleHookDetails: [{ status: 'FAILED' }] })
  const green = (await world.tasks()).filter(({ taskDefinitionArn }) => taskDefinitionArn?.endsWith(':2'))
  for (const { taskArn } of green) world.ecs.kill(taskArn ?? '')
  await world.clock.sleep(300_000)
  expect(JSON.parse(await world.asUser()).version).toBe('two')
  expect(await world.production()).toEqual({ primary: 100, alternate: 0 })
})

test.each([
  ['rings when the deployment starts', true],
  ['is not enabled', false],
])('an alarm that %s is not heard', async (_, enable) => {
  const world = await serving()
  ringing.add('slow')
  await world.deploy('two', [pauseAt('POST_SCALE_UP')], watching(true, enable))
  await world.paused('POST_SCALE_UP')
  ringing.add('errors')
  await world.clock.sleep(300_000)
  expect(await world.deployment()).toMatchObject({ status: 'IN_PROGRESS', alarms: { status: 'DISABLED' } })
  await world.answer('POST_SCALE_UP')
  expect((await world.settled()).status).toBe('SUCCESSFUL')
})

test.each([
  [true, 'ROLLBACK_SUCCESSFUL', 'web:1'],
  [false, 'STOPPED', 'web:2'],
])('a rolling deployment whose alarm rings, with rollback %s, ends as %s', async (rollback, end, taskDefinition) => {
  const world = await serving()
  const deploymentConfiguration = { strategy: 'ROLLING' as const, ...watching(rollback) }
  await world.update({ taskDefinition: await world.register('broken'), deploymentConfiguration })
  await world.clock.sleep(60_000)
  ringing.add('errors')
  expect((await world.settled()).status).toBe(end)
  expect((await world.service()).taskDefinition).toContain(taskDefinition)
  expect(await world.asUser()).toBe('one')
})

test('alarms that stay quiet end their watch with the deployment', async () => {
  const world = await serving()
  await world.deploy('two', [], watching(true))
  expect(await world.settled()).toMatchObject({ status: 'SUCCESSFUL', alarms: { status: 'MONITORING_COMPLETE' } })
  ringing.add('errors')
  await world.clock.sleep(120_000)
  expect((await world.deployment()).status).toBe('SUCCESSFUL')
})
