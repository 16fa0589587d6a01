import type { Migrate } from '../../domain/database.ts'
import type { AttemptOf } from '../../domain/identity.ts'
import type { Plan } from '../../domain/plan.ts'
import { migrationBase } from '../aws/base-definition.ts'
import { imageOf, imagesFor } from '../stage-plan.ts'
import { whyNotCopyable } from './definition.ts'
import { whyNotPullable } from './images.ts'
import { type Refused, refused } from './refused.ts'

/** `base`: what the revision of its task is copied from. Its image may be one that no service runs. */
export async function checkMigration(
  of: AttemptOf,
  plan: Plan,
  migrate: Migrate,
): Promise<{ kind: 'ready'; base: string } | Refused> {
  const unfit = await whyNotPullable(of, imageOf(plan, migrate))
  if (unfit) return refused(unfit)
  const base = await migrationBase(migrate)
  if (base === undefined)
    return refused(
      `no revision of task definition ${migrate.taskDefinition} is active but what Sluice registered; register it, or correct the application file`,
    )
  const lacking = await whyNotCopyable(base, imagesFor(plan, migrate))
  if (lacking) return refused(lacking)
  return { kind: 'ready', base }
}
