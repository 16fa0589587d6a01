import { describe, expect, test } from 'vitest'
import {
  aGreenRelease,
  blueGreen,
  changed,
  continued,
  type Greens,
  oneByOne,
  ready,
  runningIt,
  tested,
  two,
} from './greens.ts'

const TESTED = 'POST_TEST_TRAFFIC_SHIFT'
const READY = 'PRE_PRODUCTION_TRAFFIC_SHIFT'
const SHIFTED = 'POST_PRODUCTION_TRAFFIC_SHIFT'
const WAITS = { kind: 'waits' }
const NEXT = { kind: 'done', output: { kind: 'shifting', shift: 1 } }
const ALL = { kind: 'done', output: { kind: 'shifted', shift: 1 } }

describe('the first round', () => {
  test('leaves the tests behind on every service, and no user sees green yet [P5.3c]', async () => {
    const greens = await tested(two)
    const { world, shifts, pausedAt } = greens
    const asked = continued(greens)
    const { begin } = await shifts(0)
    expect(await begin()).toEqual(WAITS)
    expect(asked).toEqual(['demo-api', 'demo-web'])
    await pausedAt(READY, 'demo-api')
    await pausedAt(READY, 'demo-web')
    expect(await begin({ retry: 1 })).toEqual(NEXT)
    expect(asked).toEqual(['demo-api', 'demo-web'])
    for (const service of ['demo-api', 'demo-web']) expect(await world.front(service).asUser()).toBe('one')
  })

  test('waits for the last of them', async () => {
    const greens = await tested(two)
    const { shifts, pausedAt, byHand } = greens
    await byHand('demo-web')
    await pausedAt(READY, 'demo-web')
    const { begin } = await shifts(0)
    expect(await begin()).toEqual(WAITS)
    await pausedAt(READY, 'demo-api')
    expect(await begin({ retry: 1 })).toEqual(NEXT)
  })
})

describe('the next round', () => {
  test('gives green all its users and keeps blue warm, which people are told once [P5.3d]', async () => {
    const { world, release, shifts, pausedAt } = await ready()
    const { targetGroups, weights, asUser } = world.front()
    expect(await weights()).toEqual({ [targetGroups[0]]: 0, [targetGroups[1]]: 100 })
    const { begin } = await shifts(1)
    expect(await begin()).toEqual(WAITS)
    await pausedAt(SHIFTED)
    expect(await begin({ retry: 1 })).toEqual(ALL)
    expect(await asUser()).toBe('two')
    expect(await weights()).toEqual({ [targetGroups[0]]: 100, [targetGroups[1]]: 0 })
    expect((await world.describe()).runningCount).toBe(2)
    const again = await shifts(1)
    expect(await again.begin()).toEqual(ALL)
    expect(world.told().map(({ transition }) => transition)).toEqual([
      { kind: 'traffic-shifted', stage: release.held.stage },
    ])
  })

  test('goes group by group: the users of the next one move when those of the last have [P5.3d]', async () => {
    const greens = await ready(oneByOne)
    const { world, shifts, pausedAt } = greens
    const asked = continued(greens)
    const { begin } = await shifts(1)
    expect(await begin()).toEqual(WAITS)
    expect(asked).toEqual(['demo-web'])
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    await pausedAt(SHIFTED, 'demo-web')
    expect(await world.front('demo-web').asUser()).toBe('two')
    expect(await world.front('demo-api').asUser()).toBe('one')
    expect(await begin({ retry: 2 })).toEqual(WAITS)
    await pausedAt(SHIFTED, 'demo-api')
    expect(await begin({ retry: 3 })).toEqual(ALL)
    expect(await world.front('demo-api').asUser()).toBe('two')
  })

  test('gives each group its time after the one before it, and no more', async () => {
    const within = changed(oneByOne, file => Object.assign(file.stages[0] ?? {}, { deploy: { within: '10m' } }))
    const greens = await ready(within)
    const { world, shifts, pausedAt } = greens
    const { begin } = await shifts(1)
    await begin()
    await pausedAt(SHIFTED, 'demo-web')
    await world.pass(10 * 60_000)
    world.services.ecs.operations.ContinueServiceDeployment = async () => ({})
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    await world.pass(10 * 60_000)
    expect(await begin({ retry: 2 })).toEqual({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: 'production demo-api: the new version did not have its users within 20m',
    })
  })

  test.each([
    ['5m', 300_000],
    ['1m', 240_000],
  ])('is told with how long it is watched, where it is: %s, and four minutes at least', async (asked, watchFor) => {
    const watch = { for: asked, errorRate: { above: '10%' } }
    const { world, shifts, pausedAt } = await ready(
      changed(blueGreen, file => Object.assign(file.stages[0] ?? {}, { watch })),
    )
    const { begin } = await shifts(1)
    await begin()
    await pausedAt(SHIFTED)
    await begin({ retry: 1 })
    expect(world.told().map(({ transition }) => transition)).toEqual([
      { kind: 'traffic-shifted', stage: 'production', watchFor },
    ])
  })
})

describe('an alarm', () => {
  const withAlarm = changed(oneByOne, file => {
    Object.assign(file.stages[0] ?? {}, { watch: { for: '5m', alarms: ['slow'] } })
  })
  const rings = async ({ world: { ask, services } }: Greens) => {
    const how = { Statistic: 'Sum', Period: 60, EvaluationPeriods: 1, TreatMissingData: 'ignore' }
    const when = { Threshold: 3, ComparisonOperator: 'GreaterThanOrEqualToThreshold' }
    const of = { Namespace: 'AWS/ApplicationELB', MetricName: 'HTTPCode_Target_5XX_Count' }
    await ask(services.cloudWatch, 'PutMetricAlarm', { AlarmName: 'slow', ...of, ...how, ...when })
    await ask(services.cloudWatch, 'SetAlarmState', {
      AlarmName: 'slow',
      StateValue: 'ALARM',
      StateReason: 'p95 is 4 s.',
    })
  }
  const REFUSED = { kind: 'failed', error: 'WatchFailed', because: 'production: alarm slow rings: p95 is 4 s' }

  test('that rings keeps users where they are [P5.3d]', async () => {
    const greens = await ready(withAlarm)
    await rings(greens)
    const asked = continued(greens)
    expect(await (await greens.shifts(1)).begin()).toEqual(REFUSED)
    expect(asked).toEqual([])
    expect(await greens.world.front('demo-web').asUser()).toBe('one')
  })

  test('that rings once the first group has its users keeps those of the next where they are', async () => {
    const greens = await ready(withAlarm)
    const { begin } = await greens.shifts(1)
    await begin()
    await greens.pausedAt(SHIFTED, 'demo-web')
    await rings(greens)
    const asked = continued(greens)
    expect(await begin({ retry: 1 })).toEqual(REFUSED)
    expect(asked).toEqual([])
    expect(await greens.world.front('demo-api').asUser()).toBe('one')
  })

  test('that rings while the users move is seen at once, since it wakes the step', async () => {
    const greens = await ready(withAlarm)
    const { world, release, shifts } = greens
    await rings(greens)
    await world.ask(world.services.cloudWatch, 'SetAlarmState', {
      AlarmName: 'slow',
      StateValue: 'OK',
      StateReason: 'p95 is 100 ms.',
    })
    const { begin, check } = await shifts(1)
    expect(await begin()).toEqual(WAITS)
    await rings(greens)
    const [waiter] = await release.records.waitersFor('arn:aws:cloudwatch:eu-west-1:111122223333:alarm:slow')
    if (!waiter) throw new Error('nobody waits for the alarm')
    const asked = continued(greens)
    expect(await check(waiter)).toEqual(REFUSED)
    expect(asked).toEqual([])
  })

  test('that rings while green is tested does not matter yet', async () => {
    const greens = await tested(withAlarm)
    await rings(greens)
    const asked = continued(greens)
    expect(await (await greens.shifts(0)).begin()).toEqual(WAITS)
    expect(asked).toEqual(['demo-web', 'demo-api'])
  })
})

describe('a person who answers in the console', () => {
  test('does not hold it up [P5.2d]', async () => {
    const greens = await tested()
    const { shifts, pausedAt, byHand } = greens
    for (const stage of [TESTED, READY]) {
      await pausedAt(stage)
      await byHand()
    }
    await pausedAt(SHIFTED)
    const asked = continued(greens)
    expect(await (await shifts(0)).begin()).toEqual(NEXT)
    expect(await (await shifts(1)).begin()).toEqual(ALL)
    expect(asked).toEqual([])
  })

  test('does not hold it up by ending it either', async () => {
    const { world, shifts, pausedAt, byHand } = await tested()
    for (const stage of [TESTED, READY, SHIFTED]) {
      await pausedAt(stage)
      await byHand()
    }
    await world.settled()
    expect(await (await shifts(0)).begin()).toEqual(NEXT)
    expect(await (await shifts(1)).begin()).toEqual(ALL)
  })

  test('a moment before Sluice is no error, and can be read in the log', async () => {
    const greens = await tested()
    const { world, shifts, byHand, pausedAt } = greens
    const { operations } = world.services.ecs
    const { ContinueServiceDeployment: run } = operations
    if (!run) throw new Error('nothing can be continued')
    operations.ContinueServiceDeployment = async (input, caller) => {
      operations.ContinueServiceDeployment = run
      await byHand()
      return run(input, caller)
    }
    const { begin } = await shifts(0)
    expect(await begin()).toEqual(WAITS)
    expect(world.logged.filter(({ level }) => level === 'WARN')).toMatchObject([
      { message: expect.stringMatching(/^ECS refused to continue arn:.*: InvalidParameterException: /) },
    ])
    await pausedAt(READY)
    expect(await begin({ retry: 1 })).toEqual(NEXT)
  })
})

test('a service that runs these digests already is not looked at, and nobody is told of it', async () => {
  const { world, shifts } = await aGreenRelease(blueGreen, { before: runningIt })
  expect(await (await shifts(0)).begin()).toEqual(NEXT)
  expect(await (await shifts(1)).begin()).toEqual(ALL)
  expect(world.told()).toEqual([])
})
