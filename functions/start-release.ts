import { createHash } from 'node:crypto'
import type { Application, Stage } from '../domain/application.ts'
import { canonicalJson, type DigestSet, releaseId } from '../domain/identity.ts'
import { isImage, type PlannedImage } from '../domain/image.ts'
import { decidePush, missingImages } from '../domain/push.ts'
import { orderOf } from '../domain/queue.ts'
import { retryRequest } from '../events/retry-request.ts'
import { findImage } from './aws/ecr.ts'
import { findService, servingRevision } from './aws/ecs.ts'
import { claimOrder, firstPush, isHandled, pushHandled, type ReleaseEntry, releasesOf, underWay } from './aws/ledger.ts'
import { recordIncomplete } from './aws/pushes.ts'
import { whyNotNow } from './beside.ts'
import { type Needs, readsExecutions, readsImages, readsServices, startsExecutions, usesTable } from './permissions.ts'
import { retryRelease } from './retry-release.ts'
import { type Started, startAttempt } from './start-attempt.ts'
import { type Push, pushesIn } from './starting/heard.ts'
import { HANDING_OVER, handsOverPushes, settling } from './starting/settling.ts'
import { logger, wrapped } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 30,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'UpdateItem'),
    readsImages(site, ['ecr:BatchGetImage']),
    readsServices(site),
    startsExecutions(site.releaseMachine),
    readsExecutions(site),
    handsOverPushes(site),
  ],
  environment: site => ({ RELEASE_MACHINE: site.releaseVersion, ...HANDING_OVER(site) }),
  applications: true,
  seldom: {
    'states:DescribeExecution':
      'the same event twice at once, between the record of a release and the start of its execution',
  },
}

/**
 * After it: every application whose images all carry the pushed tag has a release for that set of digests, once. Or a person's
 * request has started the next attempt of a release, once, or says why not. An application that takes one at a time has started
 * nothing beside a release under way: that push is answered, and starts nothing later. A tag that is pushed again comes back
 * through a queue, once nothing more was pushed of it for a while.
 */
export const handler = wrapped('StartRelease', async (event: unknown): Promise<Started[]> => {
  const request = retryRequest.safeParse(event)
  if (request.success) {
    const { app, release, reason } = request.data.detail
    const result = await retryRelease(request.data)
    logger.info(`retry of ${release}: ${result.kind}`, { ...result, app, release, reason })
    return [result]
  }
  const pushes = pushesIn(event)
  const started = await Promise.allSettled(pushes.map(startRelease))
  const results = started.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  for (const result of results) logger.info(`push of ${pushes[0]?.tag}: ${result.kind}`, { ...result })
  // One application's trouble is not another's; but it is not lost either: Lambda repeats the event, which starts nothing twice.
  const failures = started.flatMap(one => (one.status === 'rejected' ? [one.reason] : []))
  if (failures.length > 0) throw failures[0]
  return results
})

async function startRelease(push: Push): Promise<Started> {
  const { application, tag, pushedAt } = push
  const { app } = application
  const first = await firstPush(app, tag, pushedAt)
  const images = await resolve(application, tag)
  const missing = missingImages(
    Object.keys(application.images),
    Object.fromEntries(images.map(image => [image.name, image.digest])),
  )
  if (missing.length > 0) {
    await recordIncomplete(app, tag, { pushedAt, missing })
    return { app, kind: 'incomplete', missing }
  }

  const digests: DigestSet = Object.fromEntries(images.map(image => [image.name, image.digest]))
  const release = releaseId.parse(createHash('sha256').update(canonicalJson(digests)).digest('hex').slice(0, 12))
  const known = await releasesOf(app)
  const interrupted = known.find(entry => entry.release === release && !entry.started)
  const decision = interrupted
    ? ({ kind: 'start', attempt: interrupted.attempt } as const)
    : decidePush({ pushedAt, ...historyOf(known, release), ...(await liveness(application, images)) })
  if (decision.kind === 'already-released') {
    await pushHandled(app, tag, pushedAt)
    return { app, ...decision }
  }

  const of = { app, release, attempt: decision.attempt }
  const isAnswered = application.trigger.queue === 'reject' && !interrupted && (await isHandled(app, tag, pushedAt))
  if (isAnswered) return { app, kind: 'already-released', because: 'this push was answered before' }
  // What is refused is refused at once, and not when the other has ended.
  const isRefused = application.trigger.queue === 'reject' && (await underWay(app)).length > 0
  const wait = interrupted || isRefused ? undefined : await settling(push)
  if (wait) return { app, kind: 'settling', ...wait }
  const because = await whyNotNow(application, of, { now: Date.now(), again: `sluice push ${app} ${tag}` })
  if (because !== undefined) {
    await pushHandled(app, tag, pushedAt)
    return { app, kind: 'refused', because }
  }
  const order = await claimOrder(of, orderOf(first, release, known))
  const started = await startAttempt({ ...of, tag, digests, order })
  await pushHandled(app, tag, pushedAt)
  return started
}

/** The images that carry the tag now. */
async function resolve({ images }: Application, tag: string): Promise<PlannedImage[]> {
  const found = await Promise.all(
    Object.entries(images).map(async ([name, repository]) => {
      const image = await findImage(repository, { tag })
      return image ? [{ name, repository, ...image }] : []
    }),
  )
  return found.flat()
}

function historyOf(known: ReleaseEntry[], release: string) {
  const started = known.filter(entry => entry.started).sort((a, b) => (a.started?.at ?? 0) - (b.started?.at ?? 0))
  const last = started.filter(entry => entry.release === release).at(-1)
  return {
    lastStartedIsSameSet: started.at(-1)?.release === release,
    ...(last?.started ? { sameSet: { attempts: last.attempt, startedAt: last.started.at } } : {}),
  }
}

async function liveness({ stages }: Application, images: PlannedImage[]) {
  const live: boolean[] = []
  for (const stage of stages) live.push(await runs(stage, images))
  return { liveEverywhere: live.every(Boolean), liveInFirstStage: live[0] === true }
}

/** Whether every service of the stage serves these images, by ECS's record. */
async function runs({ cluster, services }: Stage, images: PlannedImage[]): Promise<boolean> {
  for (const { service, container, image: name } of services) {
    const found = await findService(cluster, service)
    const revision = found && (await servingRevision(found))
    const image = images.find(candidate => candidate.name === name)
    if (!image || !isImage(image, revision?.digests[container])) return false
  }
  return true
}
