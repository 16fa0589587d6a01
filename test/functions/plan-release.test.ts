import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { releaseInput } from '../../domain/identity.ts'
import { loadRecords, RELEASE } from './release.ts'
import { createWorld, type World } from './world.ts'

const IMAGE = new URL('../rehearsal/images/two', import.meta.url).pathname

/** A release that start-release has registered and nobody has planned yet. */
async function registered(file?: Parameters<typeof createWorld>[0], folder = IMAGE) {
  const world = await createWorld(file)
  const records = await loadRecords()
  const pushed = world.services.ecr.push({ repository: 'demo-api', folder, tag: 'v2', provenance: true })
  const input = releaseInput.parse({
    app: 'demo',
    release: RELEASE,
    attempt: 1,
    tag: 'v2',
    digests: { api: pushed.digest },
  })
  await records.registerRelease({ ...input, order: 1_000 })
  const { handler } = await import('../../functions/plan-release.ts')
  const downloads = downloadsHere(world)
  return {
    world,
    records,
    input,
    pushed,
    downloads,
    plans: (over: object = {}) => world.invoke(handler, { ...input, ...over }),
  }
}
/** What the registry would serve comes from this machine. */
function downloadsHere({ services: { hosts } }: World) {
  const { fetch } = globalThis
  return vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const { hostname, pathname, search } = new URL(String(input))
    return fetch(`http://127.0.0.1:${hosts[hostname]}${pathname}${search}`, init)
  })
}

describe('the plan of a release', () => {
  test('names the images by index and platform, without attestations, and the stages of the file [P1.1c]', async () => {
    const { world, records, input, pushed, plans } = await registered()
    expect(await plans()).toEqual({
      order: 1_000,
      stages: [{ name: 'production', asksFor: 0, backsUp: false, migrates: false, shifts: false, watches: false }],
    })
    expect(await records.readPlan(input)).toEqual({
      ...input,
      order: 1_000,
      queue: 'supersede',
      images: {
        api: {
          name: 'api',
          repository: 'demo-api',
          uri: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/demo-api',
          digest: pushed.digest,
          platforms: [pushed.child],
        },
      },
      stages: world.application.stages,
      notify: {},
    })
  })

  test('says for how many seconds at most the approvers of a stage are asked', async () => {
    const approvers = [{ name: 'Bo', email: 'bo@demo.example' }]
    const { plans } = await registered(file =>
      Object.assign(file.stages[0] ?? {}, { approval: { approvers, expiresAfter: '90m' } }),
    )
    expect(await plans()).toMatchObject({ stages: [{ name: 'production', asksFor: 5_400 }] })
  })

  test('is told as the start of the release, once it stands', async () => {
    const { world, input, plans } = await registered()
    await plans()
    const { app, release, attempt, tag } = input
    expect(world.told()).toEqual([
      {
        id: `demo-${RELEASE}-1/release-started`,
        at: world.now(),
        about: { app, release, attempt, tag },
        transition: { kind: 'release-started' },
      },
    ])
  })

  test('is made though people cannot be told [P7.1f]', async () => {
    const { world, plans } = await registered()
    world.services.faults.add({ service: 'sns', does: { fail: 'AuthorizationError', statusCode: 403 } })
    expect(await plans()).toMatchObject({ order: 1_000 })
    expect(world.told()).toEqual([])
    expect(world.logged).toContainEqual(
      expect.objectContaining({ message: 'nobody was told', notification: `demo-${RELEASE}-1/release-started` }),
    )
  })

  test('stands as it was first written, however often it is made', async () => {
    const { records, input, plans } = await registered()
    await plans()
    const plan = await records.readPlan(input)
    await plans({ tag: 'v3' })
    expect(await records.readPlan(input)).toEqual(plan)
  })

  test('knows the digest though its tag has moved on [P1.1a]', async () => {
    const { world, records, input, pushed, plans } = await registered()
    world.push('v2', 'broken')
    await plans()
    expect((await records.readPlan(input)).images.api?.digest).toBe(pushed.digest)
  })
})

describe('what an image claims of the way back', () => {
  const CLAIM = { 'sluice.rollback': 'restore-needed' }

  /** A release of an image with these labels; what it claims is what is planned of it. */
  async function labelled(labels: object = CLAIM) {
    const folder = mkdtempSync(join(tmpdir(), 'image-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    cpSync(IMAGE, folder, { recursive: true })
    writeFileSync(join(folder, 'labels.json'), JSON.stringify(labels))
    const { plans, records, input, ...release } = await registered(undefined, folder)
    const claimed = async () => {
      await plans()
      return (await records.readPlan(input)).images.api?.rollback
    }
    return { ...release, claimed }
  }

  test.each([
    ['that the version before works with its schema', { 'sluice.rollback': 'safe' }, 'safe'],
    ['that going back needs the database restored', CLAIM, 'restore-needed'],
    ['nothing that is known', { 'sluice.rollback': 'perhaps' }, undefined],
    ['something else', { 'org.opencontainers.image.title': 'demo' }, undefined],
  ])('is planned where it says %s', async (_, labels, claim) => {
    const { claimed } = await labelled(labels)
    expect(await claimed()).toBe(claim)
  })

  test.each<[string, (release: Awaited<ReturnType<typeof labelled>>) => unknown]>([
    [
      'ECR does not let it be read',
      ({ world }) =>
        world.services.faults.add({
          service: 'ecr',
          operation: 'GetDownloadUrlForLayer',
          does: { fail: 'AccessDeniedException' },
        }),
    ],
    [
      'it is not there to be downloaded',
      ({ downloads }) => downloads.mockResolvedValue(new Response('', { status: 404 })),
    ],
    ['nobody answers', ({ downloads }) => downloads.mockRejectedValue(new TypeError('fetch failed'))],
    [
      'nobody answers in time',
      ({ downloads }) => downloads.mockRejectedValue(new DOMException('too late', 'TimeoutError')),
    ],
    ['it is no JSON', ({ downloads }) => downloads.mockResolvedValue(new Response('<html>'))],
  ])('is none where %s: the release is planned all the same', async (_, spoil) => {
    const release = await labelled()
    spoil(release)
    expect(await release.claimed()).toBeUndefined()
  })

  test('is asked for again where ECR throttles', async () => {
    const { world, claimed } = await labelled()
    world.services.faults.add({ service: 'ecr', operation: 'GetDownloadUrlForLayer', does: 'throttle' })
    await expect(claimed()).rejects.toMatchObject({ name: 'Transient' })
    expect(await claimed()).toBe('restore-needed')
  })
})

describe('a release that cannot be planned', () => {
  test('because its application is not installed any more', async () => {
    const { plans } = await registered()
    await expect(plans({ app: 'gone' })).rejects.toMatchObject({
      name: 'PlanFailed',
      message:
        'application gone is not installed any more; deploy the stack with its file, then: sluice retry gone 3f9c0a7f6d6a',
    })
  })

  test('because nobody registered it', async () => {
    const { plans } = await registered()
    await expect(plans({ attempt: 2 })).rejects.toMatchObject({
      name: 'PlanFailed',
      message: `release ${RELEASE} is not in the ledger; push its tag again, or \`sluice push\` it`,
    })
  })

  test('because an image is gone', async () => {
    const { world, pushed, plans } = await registered()
    await world.ask(world.services.ecr, 'BatchDeleteImage', {
      repositoryName: 'demo-api',
      imageIds: [{ imageDigest: pushed.digest }],
    })
    await expect(plans()).rejects.toMatchObject({
      name: 'PlanFailed',
      message: `repository demo-api has no image ${pushed.digest}; push it again, then: sluice retry demo ${RELEASE}`,
    })
  })

  test('because its set lacks an image that the file now names', async () => {
    const { plans } = await registered()
    await expect(plans({ digests: {} })).rejects.toMatchObject({
      name: 'PlanFailed',
      message: `release ${RELEASE} has no image for api; push all images with one tag again`,
    })
  })

  test('yet, because ECR throttles', async () => {
    const { world, plans } = await registered()
    world.services.faults.add({ service: 'ecr', does: 'throttle' })
    await expect(plans()).rejects.toMatchObject({ name: 'Transient' })
    expect(await plans()).toMatchObject({ stages: [{ name: 'production' }] })
  })
})
