import { type Dimension, GetMetricDataCommand, type GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch'
import { beforeEach, expect, test } from 'vitest'
import { call } from '../fleet/world.ts'
import { type CloudWatchWorld, cloudWatchWorld, MINUTE } from './cloudwatch-world.ts'
import { START, sendRaw } from './wire-world.ts'

let world: CloudWatchWorld
beforeEach(async () => {
  world = await cloudWatchWorld()
})

const query = (name: string, Dimensions: Dimension[], more: { Stat?: string; Period?: number } = {}) => ({
  Id: 'm1',
  MetricStat: {
    Metric: { Namespace: 'AWS/ApplicationELB', MetricName: name, Dimensions },
    Period: 60,
    Stat: 'Sum',
    ...more,
  },
})

async function data(queries: object[], more: Partial<GetMetricDataCommandInput> = {}) {
  const { MetricDataResults = [] } = await world.aws.send(
    new GetMetricDataCommand({
      MetricDataQueries: queries as GetMetricDataCommandInput['MetricDataQueries'],
      StartTime: new Date(START),
      EndTime: new Date(world.clock.now()),
      ...more,
    }),
  )
  return MetricDataResults
}

/** `minute: value` of the only result; the minute since the test began. */
async function points(...asked: Parameters<typeof query>) {
  const [result] = await data([query(...asked)])
  const { Timestamps = [], Values = [] } = result ?? {}
  return Timestamps.map((time, at) => `${(time.getTime() - START) / MINUTE}: ${Values[at]}`)
}

test('requests are told when their minute is a minute and a half past, the newest first', async () => {
  const { balancer, group } = world.dimensions
  await world.asked(3)
  await world.pass(MINUTE)
  await world.asked(2)
  expect(await points('RequestCount', group)).toEqual([])
  await world.pass(89_000 - 1)
  expect(await points('RequestCount', group)).toEqual([])
  await world.pass(1)
  expect(await points('RequestCount', group)).toEqual(['0: 3'])
  await world.pass(MINUTE)
  expect(await points('RequestCount', group)).toEqual(['1: 2', '0: 3'])
  expect(await points('RequestCount', balancer)).toEqual(['1: 2', '0: 3'])
  const [ascending] = await data([query('RequestCount', group)], { ScanBy: 'TimestampAscending' })
  expect(ascending).toMatchObject({ Id: 'm1', Label: 'RequestCount', Values: [3, 2], StatusCode: 'Complete' })
})

test('the start is rounded down to its minute, and the end is not part of what is told', async () => {
  await world.asked(3)
  await world.pass(10 * MINUTE)
  const within = async (from: number, to: number) => {
    const times = { StartTime: new Date(START + from), EndTime: new Date(START + to) }
    return (await data([query('RequestCount', world.dimensions.group)], times))[0]?.Values
  }
  expect(await within(59_999, 60_000)).toEqual([3])
  expect(await within(0, 1)).toEqual([3])
  expect(await within(60_000, 120_000)).toEqual([])
  expect(await within(-60_000, 0)).toEqual([])
})

test('answers are told by their class, and only those that were given', async () => {
  const { balancer, group } = world.dimensions
  await world.asked(4, 200)
  await world.asked(3, 404)
  await world.asked(2, 503)
  await world.pass(3 * MINUTE)
  expect(await points('HTTPCode_Target_2XX_Count', group)).toEqual(['0: 4'])
  expect(await points('HTTPCode_Target_4XX_Count', group)).toEqual(['0: 3'])
  expect(await points('HTTPCode_Target_5XX_Count', balancer)).toEqual(['0: 2'])
  expect(await points('HTTPCode_Target_3XX_Count', group)).toEqual([])
  expect(await points('HTTPCode_ELB_5XX_Count', balancer)).toEqual([])
  const stats = ['SampleCount', 'Average', 'Minimum', 'Maximum']
  const told = await data(
    stats.map((Stat, at) => ({ ...query('HTTPCode_Target_5XX_Count', group, { Stat }), Id: `m${at}` })),
  )
  expect(told.map(({ Values }) => Values)).toEqual([[2], [1], [1], [1]])
})

test('a request without a target is the load balancer’s error and no request; neither is told of a target group', async () => {
  const { balancer, group } = world.dimensions
  world.group.drop(world.target)
  await world.asked(2)
  await world.pass(3 * MINUTE)
  expect(await points('HTTPCode_ELB_5XX_Count', balancer)).toEqual(['0: 2'])
  expect(await points('HTTPCode_ELB_5XX_Count', group)).toEqual([])
  expect(await points('RequestCount', balancer)).toEqual([])
})

test('response times have an average and percentiles', async () => {
  const { group } = world.dimensions
  await world.asked(9)
  world.behaviour.takesMs = 120
  await world.asked(1)
  await world.pass(3 * MINUTE)
  const time = async (Stat: string) => Number((await points('TargetResponseTime', group, { Stat }))[0]?.split(': ')[1])
  expect(await time('p50')).toBeLessThan(0.05)
  expect(await time('p95')).toBeGreaterThan(0.1)
  expect(await time('p95')).toBeLessThan(0.2)
  expect(await time('p99.9')).toBe(await time('Maximum'))
  expect(await time('Average')).toBeGreaterThan(0.01)
  expect(await time('SampleCount')).toBe(10)
})

test('hosts are counted by their health as long as one is registered', async () => {
  const { balancer, group } = world.dimensions
  await world.pass(3 * MINUTE)
  expect((await points('HealthyHostCount', group, { Stat: 'Maximum' }))[0]).toBe('0: 1')
  expect(await points('HealthyHostCount', balancer, { Stat: 'Maximum' })).toEqual([])
  await world.pass(29_000)
  world.group.drop(world.target)
  await world.pass(4 * MINUTE)
  const latest = async (Stat: string) => (await points('HealthyHostCount', group, { Stat }))[0]
  expect(await latest('Minimum')).toBe('3: 1')
  expect((await points('UnHealthyHostCount', group, { Stat: 'Average' }))[0]).toBe('3: 0')
})

test('longer periods are counted from the start that was asked for', async () => {
  await world.asked(1)
  await world.pass(2 * MINUTE)
  await world.asked(2)
  await world.pass(3 * MINUTE)
  await world.asked(4)
  await world.pass(5 * MINUTE)
  expect(await points('RequestCount', world.dimensions.group, { Period: 300 })).toEqual(['5: 4', '0: 3'])
})

test('a load balancer is told of the groups that it forwards to, also with weight zero, and no other', async () => {
  const other = await world.createGroup('other')
  other.traffic.answered(200, 0.1)
  await world.asked(1)
  await world.pass(3 * MINUTE)
  expect(await points('RequestCount', world.dimensions.balancer)).toEqual(['0: 1'])
  await call(world.elb, 'CreateRule', {
    ListenerArn: world.loadBalancers.all[0]?.listeners[0]?.arn,
    Priority: 1,
    Conditions: [{ Field: 'path-pattern', Values: ['/other'] }],
    Actions: [
      {
        Type: 'forward',
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: world.group.arn, Weight: 1 },
            { TargetGroupArn: other.arn, Weight: 0 },
          ],
        },
      },
    ],
  })
  expect(await points('RequestCount', world.dimensions.balancer)).toEqual(['0: 2'])
})

test('what happened hours ago is forgotten', async () => {
  await world.asked(1)
  await world.pass(200 * MINUTE)
  await world.asked(1)
  await world.pass(3 * MINUTE)
  expect(await points('RequestCount', world.dimensions.group)).toEqual(['200: 1'])
})

test('a document that is written and signed by hand is answered as the client’s are', async () => {
  await world.asked(1)
  await world.pass(3 * MINUTE)
  const answer = await sendRaw(
    world,
    'monitoring',
    { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData' },
    JSON.stringify({
      MetricDataQueries: [query('RequestCount', world.dimensions.group)],
      StartTime: START / 1000,
      EndTime: START / 1000 + 180,
    }),
  )
  expect(JSON.parse(answer.body)).toEqual({
    MetricDataResults: [
      { Id: 'm1', Label: 'RequestCount', Timestamps: [START / 1000], Values: [1], StatusCode: 'Complete' },
    ],
    Messages: [],
  })
})

test('a query that is no query is refused, and so is what is not rehearsed', async () => {
  const { group } = world.dimensions
  const ok = query('RequestCount', group)
  const cases: [queries: object[], name: string, message: string | RegExp][] = [
    [[{ ...ok, Id: 'M1' }], 'ValidationException', /not matching the expected pattern/],
    [[ok, ok], 'ValidationException', /unique/],
    [[{ ...ok, ReturnData: false }], 'ValidationException', /ReturnData/],
    [Array.from({ length: 501 }, () => ok), 'ValidationException', /less than or equal to 500/],
    [[query('RequestCount', group, { Period: 90 })], 'InvalidParameterValueException', /multiple of 60/],
    [[query('RequestCount', group, { Period: 10 })], 'NotRehearsed', /Period of 10/],
    [[query('RequestCount', group, { Stat: 'p99' })], 'NotRehearsed', /the statistic p99/],
    [[query('RequestCount', group, { Stat: 'TM(10%:90%)' })], 'NotRehearsed', /the statistic TM/],
    [[query('RequestCountPerTarget', group)], 'NotRehearsed', /AWS\/ApplicationELB RequestCountPerTarget/],
    [[{ Id: 'e', Expression: 'm1/m2' }], 'NotRehearsed', /the expression m1\/m2/],
  ]
  for (const [queries, name, message] of cases) {
    await expect(data(queries)).rejects.toMatchObject({ name, message: expect.stringMatching(message) })
  }
  const EndTime = new Date(START)
  await expect(data([ok], { EndTime })).rejects.toMatchObject({ name: 'ValidationException' })
})
