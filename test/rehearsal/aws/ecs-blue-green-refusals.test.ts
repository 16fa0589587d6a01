import type { LoadBalancer } from '@aws-sdk/client-ecs'
import { afterEach, expect, test } from 'vitest'
import { call } from '../fleet/world.ts'
import { type BlueGreenWorld, blueGreen, createBlueGreenWorld, pauseAt } from './blue-green-world.ts'

let open: BlueGreenWorld | undefined

async function serving(): Promise<BlueGreenWorld> {
  open = await createBlueGreenWorld()
  await open.created()
  return open
}

afterEach(async () => {
  await open?.close()
  open = undefined
})

const INVALID = 'InvalidParameterException'
const pause = pauseAt('POST_SCALE_UP')
const forMinutes = (timeoutInMinutes: number) => ({ ...pause, timeoutConfiguration: { timeoutInMinutes } })
const alarms = { enable: true, rollback: true, alarmNames: [] }

test.each<[what: string, deploymentConfiguration: object, error: string]>([
  ['a strategy that comes later', { strategy: 'LINEAR' }, 'NotRehearsed'],
  ['steps of another strategy', { canaryConfiguration: { canaryPercent: 5 } }, 'NotRehearsed'],
  ['a bake time of more than a day', { bakeTimeInMinutes: 1441 }, 'ValidationException'],
  ['a bake time of a rolling service', { strategy: 'ROLLING', bakeTimeInMinutes: 1 }, 'NotRehearsed'],
  ['a hook of a rolling service', { strategy: 'ROLLING', lifecycleHooks: [pause] }, 'NotRehearsed'],
  ['a hook that is a function', { lifecycleHooks: [{ ...pause, targetType: 'AWS_LAMBDA' }] }, 'NotRehearsed'],
  [
    'a hook of no type, which is a function',
    { lifecycleHooks: [{ lifecycleStages: ['POST_SCALE_UP'] }] },
    'NotRehearsed',
  ],
  ['a hook of another type', { lifecycleHooks: [{ ...pause, targetType: 'BELL' }] }, 'ValidationException'],
  ['a pause with a function', { lifecycleHooks: [{ ...pause, hookTargetArn: 'arn:aws:lambda:x' }] }, INVALID],
  ['a pause at no stage', { lifecycleHooks: [pauseAt()] }, INVALID],
  ['a pause in the test traffic shift', { lifecycleHooks: [pauseAt('TEST_TRAFFIC_SHIFT')] }, INVALID],
  ['a pause in the production traffic shift', { lifecycleHooks: [pauseAt('PRODUCTION_TRAFFIC_SHIFT')] }, INVALID],
  [
    'a pause in the bake time',
    { lifecycleHooks: [{ ...pause, lifecycleStages: ['BAKE_TIME'] }] },
    'ValidationException',
  ],
  ['a pause of no time', { lifecycleHooks: [forMinutes(0)] }, 'ValidationException'],
  ['a pause of more than two weeks', { lifecycleHooks: [forMinutes(20_161)] }, 'ValidationException'],
  ['eleven pauses', { lifecycleHooks: Array.from({ length: 11 }, () => pause) }, INVALID],
  ['alarms without a name', { alarms }, INVALID],
])('an update with %s is refused, and changes nothing', async (_, deploymentConfiguration, error) => {
  const world = await serving()
  const before = await world.service()
  const update = { cluster: 'shop', service: 'web', deploymentConfiguration }
  await expect(call(world.ecs, 'UpdateService', update)).rejects.toMatchObject({ name: error })
  expect(await world.service()).toEqual(before)
})

test.each<
  [what: string, wiring: (world: BlueGreenWorld) => Partial<NonNullable<LoadBalancer['advancedConfiguration']>>]
>([
  ['an alternate target group that does not exist', () => ({ alternateTargetGroupArn: 'none' })],
  ['one target group for both', ({ targetGroupArn }) => ({ alternateTargetGroupArn: targetGroupArn })],
  ['no production rule', () => ({ productionListenerRule: undefined })],
  ['a listener for a rule', ({ loadBalancers }) => ({ testListenerRule: loadBalancers.all[0]?.listeners[0]?.arn })],
  ['a rule that does not exist', ({ testListenerRule }) => ({ testListenerRule: `${testListenerRule}0` })],
  ['one rule for both', ({ productionListenerRule }) => ({ testListenerRule: productionListenerRule })],
  ['no role', () => ({ roleArn: undefined })],
])('a wiring with %s is refused', async (_, change) => {
  const world = await serving()
  const advancedConfiguration = { ...world.wiring.advancedConfiguration, ...change(world) }
  const loadBalancers = [{ ...world.wiring, advancedConfiguration }]
  await expect(world.update({ loadBalancers })).rejects.toMatchObject({ name: INVALID })
})

test('blue/green needs a bake time at creation, and the wiring of every load balancer', async () => {
  const world = await createBlueGreenWorld()
  open = world
  const unwired = blueGreen({ ...world.wiring, advancedConfiguration: undefined })
  await expect(world.create('one', unwired)).rejects.toMatchObject({ name: INVALID })
  const deploymentConfiguration = { strategy: 'BLUE_GREEN' as const }
  const bakeless = { ...blueGreen(world.wiring), deploymentConfiguration }
  await expect(world.create('one', bakeless)).rejects.toMatchObject({ name: INVALID })
})

test.each([
  [{ action: 'PERHAPS' }, 'ValidationException'],
  [{ serviceDeploymentArn: 'nonsense' }, INVALID],
  [
    { serviceDeploymentArn: 'arn:aws:ecs:eu-west-1:111122223333:service-deployment/shop/web/none' },
    'ServiceDeploymentNotFoundException',
  ],
])('ContinueServiceDeployment refuses %j', async (input, name) => {
  const world = await serving()
  await world.deploy('two')
  const { hookId } = await world.paused('POST_TEST_TRAFFIC_SHIFT')
  const { serviceDeploymentArn } = await world.deployment()
  const answer = call(world.ecs, 'ContinueServiceDeployment', { serviceDeploymentArn, hookId, ...input })
  await expect(answer).rejects.toMatchObject({ name })
})
