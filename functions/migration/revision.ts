import type { Stage } from '../../domain/application.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { withImages } from '../../domain/task-definition.ts'
import type { OwnTask } from '../aws/database-ledger.ts'
import { deregisterTaskDefinition, readTaskDefinition, registerTaskDefinition } from '../aws/ecs.ts'
import { readRevision, recordRevision } from '../aws/ledger.ts'
import { assertLease } from '../aws/lock.ts'

/** The family of the task that migrates a stage's database; undefined where there is none. */
export const familyOf = ({ migrate }: Stage): string | undefined => migrate?.taskDefinition

/** The same of a task that may undo the migration. */
export const familyOfDown = ({ migrate }: Stage): string | undefined => migrate?.down && migrate.taskDefinition

/**
 * The revision that runs `images` (container → image) for one task of this release, and nothing else of `base` changed. Of
 * two that are registered at once, one stands. It is recorded under a name that no service can have.
 */
export async function revisionFor(
  of: HeldStage,
  own: Exclude<OwnTask, 'backup'>,
  base: string,
  images: Record<string, string>,
): Promise<string> {
  const recorded = await readRevision(of, `#${own}`)
  if (recorded) return recorded
  const { arn, definition, tags } = await readTaskDefinition(base)
  const revision = withImages(definition, images)
  if (revision.kind === 'no-container')
    throw new Error(`task definition ${arn} has lost its container ${revision.container}`)
  await assertLease(of)
  const mine = await registerTaskDefinition(revision.definition, [
    ...tags.filter(({ key }) => !key?.startsWith('sluice:')),
    { key: 'sluice:release', value: `${of.app}-${of.release}-${of.attempt}` },
    { key: 'sluice:stage', value: of.stage },
    { key: 'sluice:service', value: own.replace(/#.*/, '') },
  ])
  const standing = await recordRevision(of, `#${own}`, mine)
  if (standing !== mine) await deregisterTaskDefinition(mine)
  return standing
}

/**
 * Takes a revision out of its family once its one task has ended: the next base is looked for among the ACTIVE ones, of which
 * each release would leave one more.
 */
export async function retire(taskDefinition: string): Promise<void> {
  if ((await readTaskDefinition(taskDefinition)).status === 'ACTIVE') await deregisterTaskDefinition(taskDefinition)
}
