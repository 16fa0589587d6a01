import * as ecs from '@aws-sdk/client-ecs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createElbv2 } from '../../../rehearsal/aws/elbv2.ts'
import { createCloudWatchLogs } from '../../../rehearsal/aws/logs.ts'
import { RATES } from '../../../rehearsal/aws/quotas/rates.ts'
import type { Service } from '../../../rehearsal/aws/service.ts'
import { createSts } from '../../../rehearsal/aws/sts.ts'
import { Quotas } from '../../../rehearsal/aws/wire/quotas.ts'
import { startServices } from '../../../rehearsal/index.ts'
import { type World, worldWith } from './wire-world.ts'

describe('an account', () => {
  let now: number
  let quotas: Quotas
  beforeEach(() => {
    now = 0
    quotas = new Quotas({ now: () => now, speed: 60 })
  })

  /** How many of these requests, all at one moment, are let through. */
  const through = (service: string, operations: string[], count: number, region = 'eu-west-1') =>
    Array.from({ length: count }, (_, n) => operations[n % operations.length] ?? '').filter(
      operation => !quotas.exceeded({ service, operation, region }),
    ).length

  test.each<[string, string[], number, number]>([
    ['ecs', ['UpdateService'], 50, 5],
    ['ecs', ['DescribeServices'], 100, 20],
    ['ecs', ['RegisterTaskDefinition', 'DeregisterTaskDefinition'], 20, 1],
    ['ecs', ['RunTask', 'StopTask'], 100, 40],
    ['states', ['StartExecution'], 1_300, 300],
    ['states', ['DescribeExecution'], 300, 15],
    ['states', ['ListExecutions'], 200, 5],
    ['monitoring', ['DescribeAlarms'], 9, 9],
    ['monitoring', ['PutMetricAlarm'], 3, 3],
    ['elasticloadbalancing', ['DescribeRules', 'DescribeTargetHealth'], 40, 10],
    ['lambda', ['ListVersionsByFunction', 'DeleteFunction'], 15, 15],
    ['ssm', ['PutParameter'], 3, 3],
  ])('may ask %s for %s %i times at once and then %i times a second', (service, operations, burst, perSecond) => {
    expect(through(service, operations, 5_000)).toBe(burst)
    now += 2_000
    expect(through(service, operations, 5_000)).toBe(Math.min(burst, 2 * perSecond))
    now += 3_600_000
    expect(through(service, operations, 5_000)).toBe(burst)
  })

  test('has a rate of its own in every region, and for every group of operations', () => {
    expect(through('ssm', ['PutParameter'], 9)).toBe(3)
    expect(through('ssm', ['PutParameter'], 9, 'us-east-1')).toBe(3)
    expect(through('ssm', ['GetParameter'], 9)).toBe(9)
  })

  test('may ask as often as it likes for what no document limits', () => {
    expect(through('dynamodb', ['PutItem'], 5_000)).toBe(5_000)
    expect(through('ecs', ['ContinueServiceDeployment'], 5_000)).toBe(5_000)
  })

  test('has as much time to wait as really passes, where AWS time stands', async () => {
    quotas = new Quotas({ now: () => 0, speed: 0 })
    through('monitoring', ['GetMetricData'], 5_000)
    const since = performance.now()
    while (performance.now() - since < 100) await new Promise(setImmediate)
    expect(through('monitoring', ['GetMetricData'], 1)).toBe(1)
  })
})

describe('requests that come too fast', () => {
  let world: World
  const open = async (quotas = true) => {
    const operations = { RegisterTaskDefinition: () => ({}) }
    world = await worldWith(() => [{ signingName: 'ecs', sdk: ecs, operations, authorization: {} }], undefined, quotas)
  }
  const ask = (count: number, maxAttempts: number) => {
    const client = new ecs.ECSClient({ ...world.client, maxAttempts })
    const once = () => client.send(new ecs.RegisterTaskDefinitionCommand({ family: 'f', containerDefinitions: [] }))
    return Promise.allSettled(Array.from({ length: count }, once))
  }
  afterEach(() => world.close())

  test('are throttled in the words of the service', async () => {
    await open()
    const answers = await ask(60, 1)
    const reasons = answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason] : []))
    expect(reasons.length).toBeGreaterThan(0)
    for (const reason of reasons)
      expect(reason).toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' })
    expect([...world.throttled]).toEqual([['ecs:RegisterTaskDefinition', reasons.length]])
  })

  test("succeed by the SDK's own retries", async () => {
    await open()
    const answers = await ask(21, 20)
    const attempts = answers.map(answer =>
      answer.status === 'fulfilled' ? answer.value.$metadata.attempts : undefined,
    )
    expect(attempts).not.toContain(undefined)
    expect(Math.max(...attempts.map(Number))).toBeGreaterThan(1)
  })

  test('are all answered where the rates do not hold', async () => {
    await open(false)
    const answers = await ask(60, 1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['fulfilled']))
  })
})

test('every operation that has a rate is one that is rehearsed', async () => {
  const services = await startServices({ drive: 'jump', logDir: '/dev/null' })
  try {
    const { ecs, ecr, events, lambda, sns, secrets, ssm, states, cloudWatch, cloudTrail, clock, loadBalancers } =
      services
    const logs = createCloudWatchLogs({ clock, handOn() {} })
    const all: Service[] = [ecs, ecr, events, lambda, sns, secrets, ssm, states, cloudWatch, cloudTrail]
    const known = [...all, createElbv2({ loadBalancers }), logs, createSts()]
    const operations = new Map(known.map(({ signingName, operations }) => [signingName, Object.keys(operations)]))
    for (const [service, rates] of Object.entries(RATES))
      for (const rate of rates) expect(operations.get(service)).toEqual(expect.arrayContaining([...rate.operations]))
  } finally {
    await services.stop()
  }
})
