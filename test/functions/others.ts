import { type ReleaseId, releaseId } from '../../domain/identity.ts'
import type { Plan } from '../../domain/plan.ts'
import type { Records } from './release.ts'

export const [OLDER, NEWER] = [releaseId.parse('bbbbbbbbbbbb'), releaseId.parse('cccccccccccc')]

/** Another release of the application is under way, with the same stages, pushed so much later than ours (ms); earlier where it is less than 0. */
export async function underWayToo(
  records: Records,
  plan: Plan,
  { release, later }: { release: ReleaseId; later: number },
): Promise<{ of: { app: string; release: ReleaseId; attempt: number }; execution: string }> {
  const of = { app: plan.app, release, attempt: 1 }
  const execution = `arn:aws:states:eu-west-1:111122223333:execution:release:${plan.app}-${release}-1`
  const order = plan.order + later
  await records.registerRelease({ ...of, tag: release, digests: plan.digests, order })
  await records.recordStarted(of, { at: order, executionArn: execution })
  await records.recordPlan({ ...plan, ...of, order })
  return { of, execution }
}
