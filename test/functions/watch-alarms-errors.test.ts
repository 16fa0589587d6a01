import { describe, expect, test } from 'vitest'
import type { Front } from './front.ts'
import { blueGreen, changed, runningIt, withService } from './greens.ts'
import { COUNTED, failure, MINUTE, putAlarm, putBehind, quiet, troubles, underWatch, users } from './watched.ts'

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

describe('a rolling service', () => {
  test('is judged by its target group as a whole', async () => {
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
