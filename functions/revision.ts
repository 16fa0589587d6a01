import type { Tag } from '@aws-sdk/client-ecs'
import type { HeldStage } from '../domain/identity.ts'
import { withImages } from '../domain/task-definition.ts'
import { readRevision, recordRevision } from './aws/ledger.ts'
import { assertLease } from './aws/lock.ts'
import {
  deregisterTaskDefinition,
  type ReadDefinition,
  readTaskDefinition,
  registerTaskDefinition,
} from './aws/task-definitions.ts'
import { logger } from './step.ts'

/** For what a revision is: the key that it is recorded under, and what its tag names as the service. */
interface Purpose {
  key: string
  service: string
}

/**
 * The revision of this release that runs `images` (container → image), and nothing else of `base` changed. A repetition finds
 * it; of two that are registered at once, one stands.
 */
export async function revisionFor(
  of: HeldStage,
  { key, service }: Purpose,
  base: string,
  images: Record<string, string>,
): Promise<string> {
  const recorded = await readRevision(of, key)
  if (recorded) return recorded
  const mine = await registerRevision(of, await readTaskDefinition(base), images, service)
  const standing = await recordRevision(of, key, mine)
  if (standing !== mine) await retire(mine)
  return standing
}

/**
 * Takes a revision of ours out of its family, where the next base is looked for among the ACTIVE ones. One that AWS keeps is one
 * more to look through for later releases; this one goes on.
 */
export async function retire(revision: string): Promise<void> {
  const answer = await deregisterTaskDefinition(revision)
  if (answer.kind === 'refused') logger.warn('a revision stays in its family', { revision, because: answer.because })
}

/** Registers the definition with these images, tagged as this release's: tags of Sluice that it had are not carried over. */
export async function registerRevision(
  of: HeldStage,
  { arn, definition, tags }: ReadDefinition,
  images: Record<string, string>,
  service: string,
  more: Tag[] = [],
): Promise<string> {
  const revision = withImages(definition, images)
  if (revision.kind === 'no-container')
    throw new Error(`task definition ${arn} has lost its container ${revision.container}`)
  await assertLease(of)
  return registerTaskDefinition(revision.definition, [
    ...tags.filter(({ key }) => !key?.startsWith('sluice:')),
    { key: 'sluice:release', value: `${of.app}-${of.release}-${of.attempt}` },
    { key: 'sluice:stage', value: of.stage },
    { key: 'sluice:service', value: service },
    ...more,
  ])
}
