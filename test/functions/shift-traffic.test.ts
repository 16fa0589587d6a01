import { describe, expect, test } from 'vitest'
import { aGreenRelease, blueGreen, changed, type Greens, runningIt, withService } from './greens.ts'

const TESTED = 'POST_TEST_TRAFFIC_SHIFT'
const READY = 'PRE_PRODUCTION_TRAFFIC_SHIFT'
const SHIFTED = 'POST_PRODUCTION_TRAFFIC_SHIFT'
const WAITS = { kind: 'waits' }
const NEXT = { kind: 'done', output: { kind: 'shifting', shift: 1 } }
const ALL = { kind: 'done', output: { kind: 'shifted', shift: 1 } }

const two = changed(blueGreen, withService('demo-web', 'blue-green'))
const oneByOne = changed(two, file => {
  Object.assign(file.stages[0] ?? {}, { groups: [['demo-web'], ['demo-api']] })
})

/** Every green waits to be tested. */
async function tested(file = blueGreen): Promise<Greens> {
  const greens = await aGreenRelease(file)
  const { begin } = await greens.deploys()
  await begin()
  for (const { service, strategy } of greens.release.plan.stages[0]?.services ?? [])
    if (strategy === 'blue-green') await greens.pausedAt(TESTED, service)
  return greens
}

/** Every green waits for its users. */
async function ready(file = blueGreen): Promise<Greens> {
  const greens = await tested(file)
  const { begin } = await greens.shifts(0)
  await begin()
  for (const { service } of greens.release.plan.stages[0]?.services ?? []) await greens.pausedAt(READY, service)
  expect(await begin({ retry: 1 })).toEqual(NEXT)
  return greens
}

/** What ECS is asked to continue from now on: the services. */
function continued({ world }: Greens): string[] {
  const { operations } = world.services.ecs
  const run = operations.ContinueServiceDeployment
  const services: string[] = []
  operations.ContinueServiceDeployment = (input, caller) => {
    services.push(String(input.serviceDeploymentArn).split('/')[2] ?? '')
    return run?.(input, caller) ?? {}
  }
  return services
}

describe('the first round', () => {
  test('leaves the tests behind on every service, and no user sees green yet', async () => {
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
  test('gives green all its users and keeps blue warm, which people are told once', async () => {
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

  test('goes group by group: the users of the next one move when those of the last have', async () => {
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

  test('is told with how long it is watched, where it is', async () => {
    const watch = { for: '5m', errorRate: { above: '10%' } }
    const { world, shifts, pausedAt } = await ready(
      changed(blueGreen, file => Object.assign(file.stages[0] ?? {}, { watch })),
    )
    const { begin } = await shifts(1)
    await begin()
    await pausedAt(SHIFTED)
    await begin({ retry: 1 })
    expect(world.told().map(({ transition }) => transition)).toEqual([
      { kind: 'traffic-shifted', stage: 'production', watchFor: 300_000 },
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

  test('that rings keeps users where they are', async () => {
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

  test('that rings while green is tested does not matter yet', async () => {
    const greens = await tested(withAlarm)
    await rings(greens)
    const asked = continued(greens)
    expect(await (await greens.shifts(0)).begin()).toEqual(WAITS)
    expect(asked).toEqual(['demo-web', 'demo-api'])
  })
})

describe('a person who answers in the console', () => {
  test('does not hold it up', async () => {
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

  test('a moment before Sluice is no error', async () => {
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
    await pausedAt(READY)
    expect(await begin({ retry: 1 })).toEqual(NEXT)
  })
})

describe('an answer that was lost', () => {
  test('is given by a repetition, since it was written down before', async () => {
    const greens = await tested()
    const { world, release, shifts, pausedAt } = greens
    const { begin } = await shifts(0)
    world.services.faults.add({ service: 'ecs', operation: 'ContinueServiceDeployment', does: 'throttle' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    const { readAnswers } = await import('../../functions/aws/driven.ts')
    expect(await readAnswers(release.held, 'demo-api')).toMatchObject([{ by: 'shift-0' }])
    const asked = continued(greens)
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    expect(asked).toEqual(['demo-api'])
    await pausedAt(READY)
    expect(await begin({ retry: 2 })).toEqual(NEXT)
  })

  test('is not given by another round, though ECS still shows the pause', async () => {
    const greens = await tested()
    const { world, release, shifts, newest } = greens
    const { recordAnswer } = await import('../../functions/aws/driven.ts')
    const [{ hookId = '' } = {}] = (await newest()).lifecycleHookDetails ?? []
    await recordAnswer(release.held, 'demo-api', hookId, 'another round')
    const asked = continued(greens)
    expect(await (await shifts(0)).begin()).toEqual(WAITS)
    expect(asked).toEqual([])
    expect(world.logged.at(-1)?.message).toBe('waits: demo-api to go on')
  })

  test('by its answer alone is found out by the next look', async () => {
    const { world, shifts, pausedAt } = await tested()
    const { begin } = await shifts(0)
    world.services.faults.add({ service: 'ecs', operation: 'ContinueServiceDeployment', does: 'lose-answer' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    await pausedAt(READY)
    expect(await begin({ retry: 1 })).toEqual(NEXT)
  })
})

describe('what ECS takes back is never called shifted', () => {
  const stop = async ({ world, newest }: Greens, service?: string) => {
    const { serviceDeploymentArn } = await newest(service)
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
  }

  test('nor waited for', async () => {
    const greens = await ready()
    await stop(greens)
    const asked = continued(greens)
    expect(await (await greens.shifts(1)).begin()).toMatchObject({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: expect.stringMatching(/^production demo-api: the new version is being taken back by ECS/),
    })
    expect(asked).toEqual([])
  })

  test('not even when it serves what it served before', async () => {
    const greens = await ready()
    await stop(greens)
    await greens.world.settled()
    expect(await (await greens.shifts(1)).begin()).toMatchObject({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: expect.stringMatching(/^production demo-api: the new version was taken back by ECS/),
    })
  })

  test('though it was a group whose turn is later or over', async () => {
    for (const service of ['demo-api', 'demo-web']) {
      const greens = await ready(oneByOne)
      const { begin } = await greens.shifts(1)
      await begin()
      await greens.pausedAt(SHIFTED, 'demo-web')
      await stop(greens, service)
      const asked = continued(greens)
      expect(await begin({ retry: 1 })).toMatchObject({ kind: 'failed', error: 'DeploymentFailed' })
      expect(asked).toEqual([])
    }
  })

  test('nor what somebody else has deployed over', async () => {
    const greens = await ready()
    await greens.world.update({ taskDefinition: await greens.world.register() })
    await greens.world.pass(5_000)
    expect(await (await greens.shifts(1)).begin()).toMatchObject({ kind: 'failed', error: 'ForeignDeployment' })
  })
})

test('a service that runs these digests already is not looked at, and nobody is told of it', async () => {
  const { world, shifts } = await aGreenRelease(blueGreen, { before: runningIt })
  expect(await (await shifts(0)).begin()).toEqual(NEXT)
  expect(await (await shifts(1)).begin()).toEqual(ALL)
  expect(world.told()).toEqual([])
})

describe('nothing is answered', () => {
  test('for a release that has lost its lease', async () => {
    const greens = await tested()
    await greens.release.loseLease()
    const asked = continued(greens)
    expect(await (await greens.shifts(0)).begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(asked).toEqual([])
  })

  test('once a rollback was asked for', async () => {
    const greens = await ready()
    await greens.release.requestRollback('errors since noon')
    const asked = continued(greens)
    expect(await (await greens.shifts(1)).begin()).toMatchObject({ kind: 'failed', error: 'RollbackRequested' })
    expect(asked).toEqual([])
  })

  test('for a lease that is lost between two services', async () => {
    const greens = await tested(two)
    const { world, release, shifts } = greens
    const { operations } = world.services.ecs
    const run = operations.ContinueServiceDeployment
    operations.ContinueServiceDeployment = async (input, caller) => {
      await release.loseLease()
      return run?.(input, caller) ?? {}
    }
    const asked = continued(greens)
    expect(await (await shifts(0)).begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(asked).toEqual(['demo-api'])
  })
})
