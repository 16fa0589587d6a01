import { type AttemptOf, attemptOf, type StageOf } from '../../domain/identity.ts'
import { isOfRelease } from '../../domain/stray-pause.ts'
import type { About } from '../../events/notification.ts'
import type { TargetedDeployment } from '../aws/deployments.ts'
import { readRelease, readStageEnd, releasesOf } from '../aws/ledger.ts'
import { readLock } from '../aws/lock.ts'
import { readTaskDefinition } from '../aws/task-definitions.ts'
import { isOurDeployment } from '../deploying/new-version.ts'

type Where = Pick<StageOf, 'app' | 'stage'>

/** Whether a release that has not ended at this stage has started this deployment, or one that had not when it began. */
export async function isOurs(at: Where, service: string, deployment: TargetedDeployment): Promise<boolean> {
  const named = await namedBy(at, deployment.taskDefinition)
  if (!named) return false
  const [isItsOwn, end] = [await isOurDeployment(named, service, deployment), await readStageEnd(named)]
  return isOfRelease({ isItsOwn, createdAt: deployment.createdAt, endedAt: end?.at })
}

/** The release that the definition's tags name; users' definitions name none. */
async function namedBy({ app, stage }: Where, taskDefinition: string): Promise<StageOf | undefined> {
  const { tags } = await readTaskDefinition(taskDefinition)
  const named = tags.find(({ key }) => key === 'sluice:release')?.value ?? ''
  const [, of, release, attempt] = named.match(/^(.+)-([0-9a-f]+)-(\d+)$/) ?? []
  const parsed = attemptOf.safeParse({ app: of, release, attempt: Number(attempt) })
  return parsed.success && of === app ? { ...parsed.data, stage } : undefined
}

/** Whom a message about the stage belongs to: the release that has it, or closed it, or was the last to start. */
export async function lastOf({ app, stage }: Where): Promise<About | undefined> {
  const { held, blocked } = await readLock(app, stage)
  const of = held ?? blocked ?? (await lastStarted(app))
  if (!of) return undefined
  const { release, attempt } = of
  return { app, release, attempt, tag: (await readRelease({ app, release, attempt }))?.tag ?? release }
}

async function lastStarted(app: string): Promise<AttemptOf | undefined> {
  return (await releasesOf(app)).toSorted((a, b) => b.order - a.order || b.attempt - a.attempt)[0]
}
