import { describe, expect, test } from 'vitest'
import { EXAMPLE, listening, type Told, twoImages } from './pushes.ts'

describe('a push of a tag that all images carry', () => {
  test('starts one release with the digests that the tag stands for, under a name made of them [P1.1a, P1.1b]', async () => {
    const { world, hears, executions } = await listening()
    const { digest } = world.push('v2', 'two')
    const [started] = await hears()
    const release = started && 'release' in started ? started.release : ''
    expect(release).toMatch(/^[0-9a-f]{12}$/)
    const all = await executions()
    expect(all).toHaveLength(1)
    expect(all[0]).toMatchObject({
      name: `demo-${release}-1`,
      stateMachineVersionArn: world.machines.release,
      status: 'RUNNING',
      input: `{"app":"demo","attempt":1,"digests":{"api":"${digest}"},"release":"${release}","tag":"v2"}`,
    })
    expect(started).toEqual({ app: 'demo', kind: 'started', release, attempt: 1, executionArn: all[0]?.executionArn })
  })

  test('is heard twice and starts one release [P1.2d, P1.3a]', async () => {
    const { world, hears, executions } = await listening()
    world.push('v2', 'two')
    const at = world.now()
    await hears({ at })
    expect(await hears({ at })).toEqual([
      { app: 'demo', kind: 'already-released', because: 'attempt 1 of these digests was started before' },
    ])
    expect(await executions()).toHaveLength(1)
  })

  test('under a second tag of the same digests starts nothing more [P1.2b]', async () => {
    const { world, hears, executions } = await listening()
    const { digest } = world.push('v2', 'two')
    await hears()
    world.services.ecr.tag('demo-api', digest, 'v3')
    await world.pass(1_000)
    expect(await hears({ tag: 'v3' })).toMatchObject([{ kind: 'already-released' }])
    expect(await executions()).toHaveLength(1)
  })

  test('that every stage runs already starts nothing [P1.3a]', async () => {
    const { hears, executions } = await listening()
    expect(await hears({ tag: 'v1' })).toEqual([
      { app: 'demo', kind: 'already-released', because: 'every stage runs these digests' },
    ])
    expect(await executions()).toEqual([])
  })

  test('that moved before its event came releases what it stands for now, and keeps that [P1.1a]', async () => {
    const { world, hears, executions } = await listening()
    world.push('v2', 'two')
    const { digest } = world.push('v2', 'broken')
    await hears()
    world.push('v2', 'two')
    const [{ input = '' } = {}] = await executions()
    expect(JSON.parse(input).digests).toEqual({ api: digest })
  })
})

describe('an application of several images', () => {
  test('waits until the last of them carries the tag [P1.2a]', async () => {
    const { world, hears, executions } = await listening(twoImages)
    world.push('v2', 'two', 'demo-api')
    expect(await hears({ repository: 'demo-api' })).toEqual([{ app: 'demo', kind: 'incomplete', missing: ['web'] }])
    expect(await executions()).toEqual([])
    world.push('v2', 'two', 'demo-web')
    expect(await hears({ repository: 'demo-web' })).toMatchObject([{ kind: 'started', attempt: 1 }])
    expect(await executions()).toHaveLength(1)
  })

  test('is ordered anew by the pushes after the release that its tag has started [P1.4a]', async () => {
    const { world, records, hears, comesBack } = await listening(twoImages)
    for (const repository of ['demo-api', 'demo-web']) world.push('v2', 'two', repository)
    const first = world.now()
    await hears()
    await world.pass(60_000)
    world.push('v2', 'broken')
    const second = world.now()
    await hears()
    await comesBack(120_000)
    expect((await records.releasesOf('demo')).map(({ order }) => order).toSorted()).toEqual([first, second])
  })

  test('is ordered by the push that came first though only the last one completed the set [P1.4a]', async () => {
    const { world, records, hears } = await listening(twoImages)
    const first = world.now()
    world.push('v2', 'two', 'demo-api')
    await hears({ repository: 'demo-api', at: first })
    await world.pass(60_000)
    world.push('v2', 'two', 'demo-web')
    await hears({ repository: 'demo-web' })
    expect((await records.releasesOf('demo'))[0]?.order).toBe(first)
  })
})

describe('a mutable tag that is moved back', () => {
  async function movedBack() {
    const made = await listening()
    const { world, hears, comesBack } = made
    world.push('v2', 'two')
    await hears()
    const firstStart = world.now()
    await world.pass(60_000)
    world.push('v2', 'broken')
    await hears()
    await comesBack(120_000)
    world.push('v2', 'two')
    return { ...made, firstStart }
  }

  test('starts the next attempt of its former set [P1.3c]', async () => {
    const { hears, comesBack, executions } = await movedBack()
    await hears()
    expect(await comesBack(120_000)).toMatchObject([{ kind: 'started', attempt: 2 }])
    const names = (await executions()).map(({ name }) => name)
    expect(names).toHaveLength(3)
    expect(names[2]).toBe(names[0]?.replace(/1$/, '2'))
  })

  test('starts nothing by a late event of its first push [P1.3c]', async () => {
    const { hears, executions, firstStart } = await movedBack()
    expect(await hears({ at: firstStart })).toMatchObject([{ kind: 'already-released' }])
    expect(await executions()).toHaveLength(2)
  })
})

describe('what starts nothing', () => {
  test.each<[string, Told]>([
    ['the deletion of an image', { action: 'DELETE' }],
    ['an image that moves to an archive', { action: 'UPDATE_STORAGE_CLASS' }],
    ['a push that failed', { result: 'FAILURE' }],
    ["a push to a repository that is no application's", { repository: 'another' }],
    ['a tag that is not to be released', { tag: 'v2-rc' }],
  ])('%s', async (_, told) => {
    const { world, hears, executions } = await listening()
    world.push('v2', 'two')
    world.push('v2-rc', 'two')
    expect(await hears(told)).toEqual([])
    expect(await executions()).toEqual([])
  })

  test('the platform of an index, which has no tag of its own', async () => {
    const { world, event, hearsRaw, executions } = await listening()
    const { child } = world.push('v2', 'two')
    const { 'image-tag': _, ...detail } = event({}).detail
    expect(await hearsRaw({ ...event({}), detail: { ...detail, 'image-digest': child } })).toEqual([])
    expect(await executions()).toEqual([])
  })

  test.each([
    ['an event without detail', { source: 'aws.ecr' }],
    ['nothing at all', null],
    ['another service’s event', { ...EXAMPLE, source: 'aws.s3' }],
  ])('%s, which is logged', async (_, raw) => {
    const { world, hearsRaw, executions } = await listening()
    expect(await hearsRaw(raw)).toEqual([])
    expect(await executions()).toEqual([])
    expect(world.logged).toMatchObject([{ level: 'ERROR', message: 'malformed event: nothing started' }])
  })
})

describe('a start that was interrupted', () => {
  test('by throttling is Transient, and the repetition starts the release', async () => {
    const { world, hears, executions } = await listening()
    world.push('v2', 'two')
    world.services.faults.add({ service: 'ecr', operation: 'BatchGetImage', does: 'throttle' })
    await expect(hears()).rejects.toMatchObject({ name: 'Transient' })
    expect(await hears()).toMatchObject([{ kind: 'started', attempt: 1 }])
    expect(await executions()).toHaveLength(1)
  })

  test('before its execution ran is the same attempt when the event comes again', async () => {
    const { world, hears, executions } = await listening()
    world.push('v2', 'two')
    world.services.faults.add({ service: 'states', operation: 'StartExecution', does: 'throttle' })
    await expect(hears()).rejects.toMatchObject({ name: 'Transient' })
    expect(await hears()).toMatchObject([{ kind: 'started', attempt: 1 }])
    expect(await executions()).toHaveLength(1)
  })

  test('after its execution ran finds that execution [P1.1b, P1.2d]', async () => {
    const { world, records, hears, executions } = await listening()
    world.push('v2', 'two')
    world.services.faults.add({ service: 'states', operation: 'StartExecution', does: 'lose-answer' })
    await expect(hears()).rejects.toMatchObject({ name: 'Transient' })
    const at = world.now()
    await world.pass(5_000)
    expect(await hears()).toMatchObject([{ kind: 'started', attempt: 1 }])
    const [{ executionArn } = {}] = await executions()
    expect((await records.releasesOf('demo'))[0]?.started).toEqual({ at, executionArn })
  })

  test('and whose execution has ended meanwhile is not started again [P1.2d]', async () => {
    const { world, hears, executions } = await listening()
    world.push('v2', 'two')
    world.services.faults.add({ service: 'states', operation: 'StartExecution', does: 'lose-answer' })
    await expect(hears()).rejects.toMatchObject({ name: 'Transient' })
    const [{ executionArn } = {}] = await executions()
    await world.ask(world.services.states, 'StopExecution', { executionArn })
    expect(await hears()).toEqual([{ app: 'demo', kind: 'already-released', because: 'its execution has run before' }])
    expect(await executions()).toHaveLength(1)
  })
})

describe('what is not there yet', () => {
  test('a stage whose cluster nobody has created keeps no release from starting', async () => {
    const { world, hears } = await listening(file => {
      const services = [{ service: 'later', container: 'api', image: 'api', strategy: 'rolling' }]
      file.stages.push({ name: 'later', cluster: 'nobody-created', services, smoke: [] })
    })
    world.push('v2', 'two')
    expect(await hears()).toMatchObject([{ kind: 'started' }])
  })

  test('an image whose repository nobody has created is missing', async () => {
    const { world, hears, executions } = await listening(file => {
      file.images.web = 'nobody-created'
      file.stages[0]?.services.push({ service: 'web', container: 'web', image: 'web', strategy: 'rolling' })
    })
    world.push('v2', 'two')
    expect(await hears()).toEqual([{ app: 'demo', kind: 'incomplete', missing: ['web'] }])
    expect(await executions()).toEqual([])
  })
})
