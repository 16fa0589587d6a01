import { describe, expect, test } from 'vitest'
import type { Service } from '../../domain/application.ts'
import { isGoingBack } from '../../domain/deployment.ts'
import { groupsBack, judgeBack, judgeOpen, patienceWith } from '../../domain/service-way-back.ts'

const MINUTE = 60_000

describe('services go back', () => {
  const services = ['api', 'admin', 'portal'].map(service => ({ service }) as Service)
  const order = (groups?: string[][]) => groupsBack({ services, groups }).map(group => group.map(each => each.service))

  test.each<[string, string[][] | undefined, string[][]]>([
    ['last one first', undefined, [['portal', 'admin', 'api']]],
    ['last group first', [['api'], ['portal', 'admin']], [['portal', 'admin'], ['api']]],
    ['in the reverse order of their groups', [['portal'], ['api'], ['admin']], [['admin'], ['api'], ['portal']]],
  ])('%s', (_, groups, expected) => {
    expect(order(groups)).toEqual(expected)
  })
})

describe('the deployment of a previous version', () => {
  const time = { now: 100 * MINUTE, sentAt: 0, within: 10 * MINUTE }
  const began = (minutes: number, status = 'IN_PROGRESS', more: object = {}) => ({
    ...{ arn: 'arn', status, createdAt: (100 - minutes) * MINUTE, share: 0, awaiting: [] },
    ...more,
  })
  const serving = { share: 100, lifecycleStage: 'CLEAN_UP' }

  test.each<[string, Parameters<typeof judgeBack>, ReturnType<typeof judgeBack>]>([
    ['is waited for', [began(3), time], { kind: 'waiting' }],
    ['is done, however late', [began(99, 'SUCCESSFUL'), time], { kind: 'done' }],
    ['is never stopped for being late', [began(24), time], { kind: 'waiting' }],
    [
      'is given up at the end of its grace',
      [began(25), time],
      { kind: 'failed', because: 'has not ended within 25m (IN_PROGRESS)' },
    ],
    ['serves once its users have it', [began(3, 'IN_PROGRESS', serving), time], { kind: 'serving' }],
    [
      'does not while ECS still shifts them',
      [began(3, 'IN_PROGRESS', { share: 100, lifecycleStage: 'PRODUCTION_TRAFFIC_SHIFT' }), time],
      { kind: 'waiting' },
    ],
    [
      'does not where it has no users at that stage',
      [began(3, 'IN_PROGRESS', { ...serving, share: 0 }), time],
      { kind: 'waiting' },
    ],
    ['does not while ECS takes it back', [began(3, 'ROLLBACK_IN_PROGRESS', serving), time], { kind: 'waiting' }],
    [
      'is given as long as a load balancer may let the last requests end, once its users have it',
      [began(84, 'IN_PROGRESS', serving), time],
      { kind: 'serving' },
    ],
    [
      'and not longer',
      [began(85, 'IN_PROGRESS', serving), time],
      { kind: 'failed', because: 'has not ended within 1h 25m (IN_PROGRESS)' },
    ],
    ['is waited for in a status that nobody knows', [began(1, 'RESTING'), time], { kind: 'waiting' }],
    [
      'is given up in one, too',
      [began(25, 'RESTING'), time],
      { kind: 'failed', because: 'has not ended within 25m (RESTING)' },
    ],
    ['is waited for while ECS takes it back', [began(3, 'ROLLBACK_IN_PROGRESS'), time], { kind: 'waiting' }],
    [
      'has failed once ECS took it back',
      [began(3, 'ROLLBACK_SUCCESSFUL', { reason: 'no task became healthy.' }), time],
      { kind: 'failed', because: 'was taken back by ECS: no task became healthy' },
    ],
    [
      'has failed where not even that went well',
      [began(3, 'ROLLBACK_FAILED'), time],
      { kind: 'failed', because: "failed, and so did ECS's own rollback" },
    ],
    ['has failed where it was stopped', [began(3, 'STOPPED'), time], { kind: 'failed', because: 'was stopped' }],
    [
      'that ECS does not show yet is waited for since it was asked for',
      [undefined, { ...time, sentAt: 76 * MINUTE }],
      { kind: 'waiting' },
    ],
    [
      'that ECS never shows is given up',
      [undefined, { ...time, sentAt: 75 * MINUTE }],
      { kind: 'failed', because: 'has not ended within 25m (ECS shows none)' },
    ],
  ])('%s', (_, given, expected) => {
    expect(judgeBack(...given)).toEqual(expected)
  })
})

test.each([
  ['IN_PROGRESS', false],
  ['PENDING', false],
  ['STOP_REQUESTED', true],
  ['ROLLBACK_REQUESTED', true],
  ['ROLLBACK_IN_PROGRESS', true],
  ['RESTING', false],
])('%s: ECS takes it back already: %s', (status, expected) => {
  expect(isGoingBack(status)).toBe(expected)
})

test.each<[string, 'rolling' | 'blue-green', Parameters<typeof patienceWith>[1], number]>([
  ['a rolling service is taken back', 'rolling', { share: 0 }, 15],
  ['a green that has users loses them', 'blue-green', { share: 100, lifecycleStage: 'BAKE_TIME' }, 15],
  ['the last requests of a green without users end', 'blue-green', { share: 0 }, 75],
  ['those of a blue that is going end', 'blue-green', { share: 100, lifecycleStage: 'CLEAN_UP' }, 75],
])('ECS is given so long until %s', (_, strategy, deployment, minutes) => {
  expect(patienceWith({ strategy }, deployment, 10 * MINUTE)).toBe(minutes * MINUTE)
})

describe('a deployment that is open once all has gone back [P4.3d, P4.3e]', () => {
  const [target, late] = ['demo-api:1', 'demo-api:2']
  const of = (taskDefinition: string) => ({ arn: `of ${taskDefinition}`, taskDefinition })
  const foreign = 'somebody else is deploying demo-api:3 there by deployment of demo-api:3'

  test.each<[string, Parameters<typeof judgeOpen>[0], ReturnType<typeof judgeOpen>]>([
    ['is none', [], { kind: 'quiet' }],
    ['of the same once more changes nothing', [of(target)], { kind: 'quiet' }],
    ['of what was taken back has to go back, too', [of('demo-api:3'), of(late)], { kind: 'again' }],
    ['of somebody else proves nothing', [of(target), of('demo-api:3')], { kind: 'foreign', because: foreign }],
  ])('%s', (_, open, expected) => {
    expect(judgeOpen(open, { target, late })).toEqual(expected)
  })
})
