import type { Application } from '../domain/application.ts'
import { decideLook, setsOf, type TaggedImage, type TaggedSet } from '../domain/tagged.ts'
import { applications } from './applications.ts'
import { taggedImages } from './aws/ecr-tags.ts'
import { releasesOf } from './aws/ledger.ts'
import { readInstalled, recordIncomplete, recordInstalled, tagsOf } from './aws/pushes.ts'
import { type Needs, readsImages, usesTable } from './permissions.ts'
import { HANDING_OVER, handOver, handsOverPushes } from './starting/settling.ts'
import { logger, wrapped } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 50,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'UpdateItem'),
    readsImages(site, ['ecr:DescribeImages']),
    handsOverPushes(site),
  ],
  environment: HANDING_OVER,
  applications: true,
}

/** Of the tags that were there at the first look, so many are remembered: one that still moves is among the newest. */
const REMEMBERED = 500

/**
 * After it: of every application, the newest tag that all its images carry is released, or StartRelease has been handed its push;
 * and what a newer tag waits for is written down. What was there before the first look of an application is left alone.
 */
export const handler = wrapped('LookForImages', async (): Promise<void> => {
  const repositories = new Map<string, Promise<TaggedImage[]>>()
  const imagesOf = (repository: string) => {
    const known = repositories.get(repository) ?? taggedImages(repository)
    repositories.set(repository, known)
    return known
  }
  const failures: unknown[] = []
  for (const application of applications())
    await look(application, imagesOf).then(
      found => logger.info(`looked at ${application.app}`, found),
      error => failures.push(error),
    )
  // One application's trouble is not another's; this one rings if it stays, and the next look tries it again.
  if (failures.length > 0) throw failures[0]
})

async function look(
  { app, images, trigger }: Application,
  imagesOf: (repository: string) => Promise<TaggedImage[]>,
): Promise<Record<string, unknown>> {
  const now = Date.now()
  const tagged: Record<string, TaggedImage[]> = {}
  for (const [name, repository] of Object.entries(images)) tagged[name] = await imagesOf(repository)
  const sets = setsOf(tagged, trigger.tags)
  const installed = await readInstalled(app)
  if (!installed) {
    const complete = sets.filter(({ missing }) => missing.length === 0).map(({ tag }) => tag)
    await recordInstalled(app, { at: now, tags: complete.slice(0, REMEMBERED) })
    return { first: true, complete: complete.length }
  }
  const known = await tagsOf(app)
  const orders = (await releasesOf(app)).flatMap(({ order, started }) => (started ? [order] : []))
  const { missed, incomplete } = decideLook(sets, {
    ...{ now, settle: trigger.settle, installedAt: installed.at },
    ...(orders.length > 0 && { newestRelease: Math.max(...orders) }),
    handled: tag => known.get(tag)?.handled,
  })
  if (missed) await handOver({ app, tag: missed.tag, pushedAt: missed.pushedAt }, 0)
  if (incomplete) await recordIncomplete(app, incomplete.tag, withoutTag(incomplete))
  return { ...(missed && { missed: missed.tag }), ...(incomplete && { incomplete: incomplete.tag }) }
}

const withoutTag = ({ pushedAt, missing }: TaggedSet) => ({ pushedAt, missing })
