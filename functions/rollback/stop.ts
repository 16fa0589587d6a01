import type { Service, Stage } from '../../domain/application.ts'
import { isGoingBack } from '../../domain/deployment.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { patienceWith } from '../../domain/service-way-back.ts'
import { stopDeployment, type TargetedDeployment } from '../aws/deployments.ts'
import { assertLease } from '../aws/lock.ts'
import { recordStop } from '../aws/stage-ledger.ts'
import type { Moment } from '../waiting-step.ts'

export interface Stopped {
  /** ECS has not ended it in the time that it has for that since it began, or was first asked to. */
  isLate: boolean
  /** Its old version is going already: ECS ends it, and takes nothing back. */
  isBeyond: boolean
}

/** After it: ECS takes an open deployment back, or was asked to. */
export async function stop(
  of: HeldStage,
  { deploy }: Stage,
  service: Service,
  deployment: TargetedDeployment,
  { now }: Pick<Moment, 'now'>,
): Promise<Stopped> {
  let isRefused = false
  if (!isGoingBack(deployment.status)) {
    await assertLease(of)
    isRefused = (await stopDeployment(deployment.arn)) === 'refused'
  }
  const since = Math.max(await recordStop(of, deployment.arn, now), deployment.takenBackAt ?? 0)
  return {
    isLate: now - since >= patienceWith(service, deployment, deploy.within),
    isBeyond: isRefused && deployment.lifecycleStage === 'CLEAN_UP',
  }
}
