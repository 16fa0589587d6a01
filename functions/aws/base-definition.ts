import type { Service as EcsService, Tag } from '@aws-sdk/client-ecs'
import type { Service } from '../../domain/application.ts'
import { familyIn } from '../../domain/arn.ts'
import type { Migrate } from '../../domain/database.ts'
import type { StageOf } from '../../domain/identity.ts'
import { activeRevisions, readTaskDefinition } from './task-definitions.ts'

/** On what stands in for another task definition on the way back; its value names that one. */
export const COPY_TAG = 'sluice:copy'

/**
 * The task definition that a service's next revision is copied from. `latest` is the family's newest ACTIVE revision, so
 * that a change which the users' own IaC registered goes out with the next release; what Sluice registered for another
 * application, stage or service of the family is none of this one's, and the copy of an older definition hides no newer one.
 */
export async function baseOf(
  { app, stage }: Pick<StageOf, 'app' | 'stage'>,
  { service, taskDefinition }: Service,
  found: Pick<EcsService, 'taskDefinition'>,
): Promise<string> {
  const running = found.taskDefinition ?? ''
  if (taskDefinition === 'running') return running
  const family = familyIn(running)
  const newest = await newestOf(family, tag => {
    const release = tag('sluice:release')
    const isOwn =
      release !== undefined &&
      isOfApp(release, app) &&
      tag('sluice:stage') === stage &&
      tag('sluice:service') === service
    return (release === undefined || isOwn) && tag(COPY_TAG) === undefined
  })
  return newest ?? running
}

/** `shop-3f9c2b7a1d0e-1` is of `shop`, and not of `shop-eu`. */
const isOfApp = (release: string, app: string) => release.replace(/-[0-9a-f]+-\d+$/, '') === app

/** The task definition that a migration's revision is copied from: the newest ACTIVE one that its users registered. */
export function migrationBase({ taskDefinition }: Pick<Migrate, 'taskDefinition'>): Promise<string | undefined> {
  return newestOf(taskDefinition, tag => tag('sluice:release') === undefined)
}

async function newestOf(
  family: string,
  isFit: (tag: (key: string) => Tag['value']) => boolean,
): Promise<string | undefined> {
  for (const arn of await activeRevisions(family)) {
    const { tags } = await readTaskDefinition(arn)
    if (isFit(key => tags.find(candidate => candidate.key === key)?.value)) return arn
  }
  return undefined
}
