import type { Stage } from '../../domain/application.ts'
import type { HeldStage } from '../../domain/identity.ts'
import type { OwnTask } from '../aws/database-ledger.ts'
import { readTaskDefinition } from '../aws/task-definitions.ts'
import { retire, revisionFor } from '../revision.ts'

/** The family of the task that migrates a stage's database; undefined where there is none. */
export const familyOf = ({ migrate }: Stage): string | undefined => migrate?.taskDefinition

/** The same of a task that may undo the migration. */
export const familyOfDown = ({ migrate }: Stage): string | undefined => migrate?.down && migrate.taskDefinition

/** The revision of one task of this release; it is recorded under a name that no service can have. */
export function revisionOf(
  of: HeldStage,
  own: Exclude<OwnTask, 'backup'>,
  base: string,
  images: Record<string, string>,
): Promise<string> {
  return revisionFor(of, { key: `#${own}`, service: own.replace(/#.*/, '') }, base, images)
}

/** Its one task has ended. */
export async function retireUsed(taskDefinition: string): Promise<void> {
  if ((await readTaskDefinition(taskDefinition)).status === 'ACTIVE') await retire(taskDefinition)
}
