import { describe, expect, test } from 'vitest'
import type { Front } from './front.ts'
import { blueGreen, changed, runningIt, withService } from './greens.ts'
import { COUNTED, failure, MINUTE, putAlarm, putBehind, quiet, troubles, underWatch, users } from './watched.ts'
import type { World } from './world.ts'

const WAITS = { kind: 'waits' }

describe('a new version', () => {
  test('fails as soon as enough of its answers are errors, with the numbers', async () => {
    const { world, looks } = await underWatch(COUNTED, quiet)
    await users(world, 21)
    await users(world, 9, '/throw')
    expect(await looks(MINUTE)).toEqual(WAITS)
    expect(await looks(2 * MINUTE)).toEqual(
      failure('production: demo-api: 30.0 % of 30 answers were errors, more than 10 %'),
    )
  })

  test('is not cleared by what the old one answered', async () => {
    const { world, looks } = await underWatch(COUNTED, {
      before: async world => {
        await putAlarm(world, 'slow', 'OK')
        await users(world, 50)
      },
    })
    await users(world, 19)
    expect(await looks(5 * MINUTE)).toEqual(WAITS)
  })
})

test('a new version is not clear where ECS does not say in which target group it is', async () => {
  const { world, looks } = await underWatch(COUNTED, quiet)
  await users(world, 30)
  const { operations } = world.services.ecs
  const { DescribeServiceRevisions: describe } = operations
  operations.DescribeServiceRevisions = async (input, caller) => {
    const told = (await describe?.(input, caller)) as { serviceRevisions: object[] }
    for (const revision of told.serviceRevisions) Object.assign(revision, { resolvedConfiguration: undefined })
    return told
  }
  expect(await looks(5 * MINUTE)).toEqual(WAITS)
  expect(await looks(2 * MINUTE)).toMatchObject({
    output: { unclear: 'after 7m, ECS does not say in which target group the new version of demo-api is' },
  })
})

describe('users who get no answer', () => {
  test('get 504 instead, which counts as errors', async () => {
    const { world, looks } = await underWatch(COUNTED, quiet)
    await users(world, 20)
    await unanswered(world, 10)
    expect(await looks(MINUTE)).toEqual(WAITS)
    expect(await looks(3 * MINUTE)).toEqual(
      failure('production: demo-api: 33.3 % of 30 answers were errors (10 never came), more than 10 %'),
    )
  })

  test('count only as far as there are more of them than the old version had', async () => {
    const { world, looks } = await underWatch(COUNTED, {
      before: async world => {
        await putAlarm(world, 'slow', 'OK')
        await users(world, 15)
        await unanswered(world, 15)
        await world.pass(MINUTE)
      },
    })
    await users(world, 15)
    await unanswered(world, 15)
    expect(await looks(10 * MINUTE)).toMatchObject({ output: { answers: [{ requests: 30, errors: 0 }] } })
  })
})

describe('errors that begin late', () => {
  test('do not drown in what was good before', async () => {
    const { world, looks } = await underWatch({ ...COUNTED, for: '1h' }, quiet)
    await users(world, 300)
    expect(await looks(30 * MINUTE)).toEqual(WAITS)
    await users(world, 20)
    await users(world, 5, '/throw')
    expect(await looks(3 * MINUTE)).toEqual(
      failure('production: demo-api: 20.0 % of 25 answers of the latest 5m were errors, more than 10 %'),
    )
  })
})

describe('a rolling service', () => {
  test('is judged by its target group as a whole [P5.1c]', async () => {
    const { watched, front } = await besideRolling()
    const { world, looks } = watched
    await users(world, 20)
    await users(world, 20, '/throw', front)
    expect(await looks(3 * MINUTE)).toEqual(
      failure('production: demo-web: 100.0 % of 20 answers were errors, more than 10 %'),
    )
  })

  test('has to be seen as well as a blue-green one', async () => {
    const { watched, front } = await besideRolling()
    const { world, looks } = watched
    await users(world, 20)
    expect(await looks(5 * MINUTE)).toEqual(WAITS)
    await users(world, 20, '/', front)
    expect(await looks(2 * MINUTE)).toMatchObject({ output: { answers: [{ requests: 20 }, { requests: 20 }] } })
  })

  test('whose target group is gone is not clear, and hides no other', async () => {
    const { watched, front } = await besideRolling()
    const { world, looks } = watched
    await users(world, 25)
    world.services.loadBalancers.groups.delete(front.targetGroups[0])
    expect(await looks(5 * MINUTE)).toEqual(WAITS)
    expect(await looks(2 * MINUTE)).toMatchObject({
      output: {
        answers: [{ service: 'demo-api', requests: 25 }],
        unclear: 'after 7m, target group demo-web-blue of demo-web is gone',
      },
    })
  })

  test('that no load balancer is before is watched by alarms alone', async () => {
    const file = changed(blueGreen, withService('demo-worker', 'rolling'))
    const { world, looks } = await underWatch(COUNTED, { ...quiet, file })
    await users(world, 20)
    expect(await looks(5 * MINUTE)).toMatchObject({ output: { answers: [{ service: 'demo-api' }] } })
  })
})

test('a service that runs the release already is not judged by it', async () => {
  const { world, looks } = await underWatch(COUNTED, {
    before: async world => {
      await putAlarm(world, 'slow', 'OK')
      await runningIt(world)
    },
    isThere: true,
  })
  await users(world, 30, '/throw')
  expect(await looks(5 * MINUTE)).toEqual({ kind: 'done', output: { alarms: 1, answers: [] } })
})

describe('too few requests', () => {
  test('are no proof: it is watched longer, and people are told', async () => {
    const watched = await underWatch(COUNTED, quiet)
    await users(watched.world, 19, '/throw')
    expect(await watched.looks(5 * MINUTE)).toEqual(WAITS)
    expect(await watched.looks(2 * MINUTE)).toMatchObject({ kind: 'done' })
    expect(troubles(watched)).toEqual([
      expect.stringContaining('demo-api has answered 19 of the 20 requests that its errors are judged by'),
    ])
  })
})

/** So many users wait until the load balancer gives up. */
async function unanswered(world: World, requests: number): Promise<void> {
  const { host } = world.front()
  const ask = () => world.services.loadBalancers.request(host, new Request(`http://${host}/hang`))
  await Promise.all(Array.from({ length: requests }, ask))
}

/** A rolling service behind a load balancer, beside the blue-green one. */
async function besideRolling() {
  const fronts: Front[] = []
  const watched = await underWatch(COUNTED, {
    file: changed(blueGreen, withService('demo-web', 'rolling')),
    before: async world => {
      await putAlarm(world, 'slow', 'OK')
      fronts.push(await putBehind(world, 'demo-web'))
    },
  })
  const [front] = fronts
  if (!front) throw new Error('nothing is before demo-web')
  return { watched, front }
}
