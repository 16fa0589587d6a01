import { describe, expect, test } from 'vitest'
import { listening, twoImages } from './pushes.ts'

const SETTLE = 120_000

/** Both images carry `v2`, which is released. */
async function released() {
  const made = await listening(twoImages)
  const { world, hears } = made
  for (const repository of ['demo-api', 'demo-web']) world.push('v2', 'two', repository)
  await hears({ repository: 'demo-api' })
  await hears({ repository: 'demo-web' })
  await world.pass(600_000)
  const again = (repository: string, content: 'broken' | 'sick') => {
    const { digest } = world.push('v2', content, repository)
    return digest
  }
  const last = async () => JSON.parse((await made.executions()).at(-1)?.input ?? '{}')
  return { ...made, again, last }
}

describe('a tag that is pushed again', () => {
  test('waits, and starts one release with both new images where they came a second apart [P1.5a, P1.5c]', async () => {
    const { world, hears, again, comesBack, executions, last } = await released()
    const api = again('demo-api', 'broken')
    const [first] = await hears({ repository: 'demo-api' })
    expect(first).toMatchObject({ kind: 'settling', until: world.now() + SETTLE })
    await world.pass(1_000)
    const web = again('demo-web', 'sick')
    expect(await hears({ repository: 'demo-web' })).toMatchObject([{ kind: 'settling' }])
    expect(await executions()).toHaveLength(1)
    expect(await comesBack(SETTLE - 1_000)).toMatchObject([{ kind: 'settling' }])
    expect(await executions()).toHaveLength(1)
    expect(await comesBack(1_000)).toMatchObject([{ kind: 'started', attempt: 1 }])
    expect(await executions()).toHaveLength(2)
    expect((await last()).digests).toEqual({ api, web })
  })

  test('starts one release where both came in the same second', async () => {
    const { hears, again, comesBack, executions } = await released()
    again('demo-api', 'broken')
    await hears({ repository: 'demo-api' })
    again('demo-web', 'sick')
    await hears({ repository: 'demo-web' })
    expect((await comesBack(SETTLE)).map(({ kind }) => kind).toSorted()).toEqual(['already-released', 'started'])
    expect(await executions()).toHaveLength(2)
  })

  test('starts with what it stands for when it has settled, though nobody heard of the second push [P1.5c]', async () => {
    const { hears, again, comesBack, last } = await released()
    const api = again('demo-api', 'broken')
    await hears({ repository: 'demo-api' })
    const web = again('demo-web', 'sick')
    expect(await comesBack(SETTLE)).toMatchObject([{ kind: 'started' }])
    expect((await last()).digests).toEqual({ api, web })
  })

  test('waits, too, while its first push is still being started [P1.5a]', async () => {
    const { world, hears, comesBack, executions } = await listening()
    world.push('v2', 'broken')
    const at = world.now() - 1_000
    const both = await Promise.all([hears({ at }), hears({ at: at + 1_000 })])
    expect(
      both
        .flat()
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['settling', 'started'])
    world.push('v2', 'sick')
    expect(await comesBack(SETTLE)).toMatchObject([{ kind: 'started' }])
    expect(await executions()).toHaveLength(2)
  })

  test('is in the order of the push that came first', async () => {
    const { world, records, hears, again, comesBack } = await released()
    again('demo-api', 'broken')
    const first = world.now()
    await hears({ repository: 'demo-api' })
    await world.pass(60_000)
    again('demo-web', 'sick')
    await hears({ repository: 'demo-web' })
    await comesBack(SETTLE)
    expect(Math.max(...(await records.releasesOf('demo')).map(({ order }) => order))).toBe(first)
  })

  test('starts at once where its event came too late to wait for anything', async () => {
    const { world, hears, again } = await released()
    again('demo-api', 'broken')
    const at = world.now()
    await world.pass(SETTLE)
    expect(await hears({ at })).toMatchObject([{ kind: 'started' }])
  })

  test('starts nothing, and waits for nothing, where it stands for what was released', async () => {
    const { world, hears, waiting } = await released()
    world.push('v2', 'two')
    expect(await hears()).toMatchObject([{ kind: 'already-released' }])
    expect(waiting()).toBe(0)
  })

  test('waits for as long as the application says [P1.5a]', async () => {
    const { world, hears, comesBack } = await listening(file => Object.assign(file.trigger, { settle: '15m' }))
    world.push('v2', 'two')
    await hears()
    world.push('v2', 'broken')
    await hears()
    expect(await comesBack(899_000)).toEqual([])
    expect(await comesBack(1_000)).toMatchObject([{ kind: 'started' }])
  })

  test('waits for nothing where the application says so', async () => {
    const { world, hears } = await listening(file => Object.assign(file.trigger, { settle: '0s' }))
    world.push('v2', 'two')
    await hears()
    world.push('v2', 'broken')
    expect(await hears()).toMatchObject([{ kind: 'started' }])
  })

  test('comes to nothing where somebody has taken an image away meanwhile', async () => {
    const { world, hears, again, comesBack, executions } = await released()
    again('demo-api', 'broken')
    await hears()
    await world.ask(world.services.ecr, 'BatchDeleteImage', {
      repositoryName: 'demo-web',
      imageIds: [{ imageTag: 'v2' }],
    })
    expect(await comesBack(SETTLE)).toEqual([{ app: 'demo', kind: 'incomplete', missing: ['web'] }])
    expect(await executions()).toHaveLength(1)
  })

  test('and was there before Sluice waits as well: the first look has seen it', async () => {
    const { world, records, hears, comesBack, executions } = await listening(twoImages)
    await records.recordInstalled('demo', { at: world.now(), tags: ['v1'] })
    const api = world.push('v1', 'broken', 'demo-api').digest
    expect(await hears({ tag: 'v1', repository: 'demo-api' })).toMatchObject([{ kind: 'settling' }])
    const web = world.push('v1', 'sick', 'demo-web').digest
    await comesBack(SETTLE)
    const [{ input = '{}' } = {}, ...more] = await executions()
    expect(JSON.parse(input).digests).toEqual({ api, web })
    expect(more).toEqual([])
  })
})

describe('a tag that becomes complete', () => {
  test('starts at once, and the same event once more starts and waits for nothing [P1.5d]', async () => {
    const { world, hears, waiting } = await listening(twoImages)
    for (const repository of ['demo-api', 'demo-web']) world.push('v2', 'two', repository)
    const at = world.now()
    expect(await hears({ at })).toMatchObject([{ kind: 'started' }])
    expect(await hears({ at })).toMatchObject([{ kind: 'already-released' }])
    expect(await hears({ at, repository: 'demo-web' })).toMatchObject([{ kind: 'already-released' }])
    expect(waiting()).toBe(0)
  })

  test('starts at once though it was incomplete for long', async () => {
    const { world, records, hears } = await listening(twoImages)
    world.push('v2', 'two', 'demo-api')
    await hears({ repository: 'demo-api' })
    expect(await records.readTag('demo', 'v2')).toMatchObject({
      incomplete: { pushedAt: world.now(), missing: ['web'] },
    })
    await world.pass(3_600_000)
    world.push('v2', 'two', 'demo-web')
    expect(await hears({ repository: 'demo-web' })).toMatchObject([{ kind: 'started' }])
  })
})

describe('what comes through the queue', () => {
  const message = (body: unknown) => ({
    Records: [{ eventSource: 'aws:sqs', body: typeof body === 'string' ? body : JSON.stringify(body) }],
  })
  const settled = (detail: object) => ({ source: 'sluice', 'detail-type': 'Push Settled', detail })
  const PUSHED = { app: 'demo', tag: 'v2', pushedAt: '2026-11-20T08:59:00.000Z' }

  test('is started as a push would be', async () => {
    const { world, hearsRaw, executions } = await listening()
    world.push('v2', 'two')
    expect(await hearsRaw(message(settled(PUSHED)))).toMatchObject([{ kind: 'started', attempt: 1 }])
    expect(await executions()).toHaveLength(1)
  })

  test.each<[string, unknown]>([
    ['of an application that is not installed any more', settled({ ...PUSHED, app: 'another' })],
    ['of a tag that is not to be released any more', settled({ ...PUSHED, tag: 'rc-1' })],
    ['of another form', settled({ app: 'demo' })],
    ['that is no JSON', 'v2'],
  ])('%s starts nothing', async (_, body) => {
    const { world, hearsRaw, executions } = await listening()
    world.push('v2', 'two')
    expect(await hearsRaw(message(body))).toEqual([])
    expect(await executions()).toEqual([])
  })

  test('comes again where it could not be started', async () => {
    const { world, hearsRaw } = await listening()
    world.push('v2', 'two')
    world.services.faults.add({ service: 'ecr', operation: 'BatchGetImage', does: 'throttle' })
    await expect(hearsRaw(message(settled(PUSHED)))).rejects.toMatchObject({ name: 'Transient' })
    expect(await hearsRaw(message(settled(PUSHED)))).toMatchObject([{ kind: 'started' }])
  })
})

test('a push that could not be sent on its way is heard again, and waits then', async () => {
  const { world, hears, again, comesBack } = await released()
  again('demo-api', 'broken')
  world.services.faults.add({ service: 'sqs', operation: 'SendMessage', does: 'throttle' })
  await expect(hears()).rejects.toMatchObject({ name: 'Transient' })
  expect(await hears()).toMatchObject([{ kind: 'settling' }])
  expect(await comesBack(SETTLE)).toMatchObject([{ kind: 'started' }])
})

test('where one release at a time is taken, a push that is refused is refused at once, and not when it has settled', async () => {
  const { world, hears, waiting } = await listening(file => Object.assign(file.trigger, { queue: 'reject' }))
  world.push('v2', 'two')
  await hears()
  await world.pass(1_000)
  world.push('v2', 'broken')
  expect(await hears()).toMatchObject([{ kind: 'refused' }])
  expect(waiting()).toBe(0)
})
