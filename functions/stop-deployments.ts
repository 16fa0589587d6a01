import { isOpen } from '../domain/deployment.ts'
import { heldStage } from '../domain/identity.ts'
import { groupsBack, isGoingBack, patienceWith } from '../domain/service-way-back.ts'
import { stopDeployment } from './aws/deployments.ts'
import { assertLease } from './aws/lock.ts'
import { failed } from './failure.ts'
import {
  answersTasks,
  type Needs,
  readsDeployments,
  stopsDeployments,
  TELLING,
  tells,
  writesTable,
} from './permissions.ts'
import { tellRollingBack } from './rollback/telling.ts'
import { deploymentsOn, readWayBack, takenBack } from './rollback/way-back.ts'
import { readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    writesTable(site),
    readsDeployments(site),
    stopsDeployments(site),
    answersTasks([site.rollbackMachine]),
    tells(site),
  ],
  environment: TELLING,
}

/**
 * After it: no deployment of this release is open, each having been taken back by ECS, the last group first; a green that has
 * users loses them to the blue that is still warm. The output says whether it had changed any service at all. A deployment of somebody else's is left alone: RestorePrevious tells what it left behind.
 */
export const handler = waitingStep({
  name: 'StopDeployments',
  input: heldStage,
  begin: async input =>
    Object.values((await readWayBack(input))?.services ?? {}).map(({ served }) => served.serviceArn),
  check: async (input, { now, entered }) => {
    await assertLease(input)
    const back = await readWayBack(input)
    if (!back) return done({ changed: false })
    const { stage } = await readStagePlan(input)
    let changed = false
    const open: string[] = []
    const late: string[] = []
    for (const each of groupsBack(stage).flat()) {
      const { service } = each
      const target = back.services[service]
      const revision = await takenBack(input, service, target)
      const found = await deploymentsOn(back, stage.cluster, service)
      const ours = found.filter(({ taskDefinition }) => taskDefinition === revision)
      // One that is older than the way back is no longer found once it has been stopped.
      changed ||= ours.length > 0 || (revision !== undefined && target?.from === revision)
      if (changed) await tellRollingBack(input)
      const going = ours.filter(({ status }) => isOpen(status))
      for (const { arn } of going.filter(({ status }) => !isGoingBack(status))) {
        await assertLease(input)
        await stopDeployment(arn)
      }
      if (going.length === 0) continue
      open.push(service)
      const share = Math.max(...going.map(({ share }) => share))
      if (now - entered >= patienceWith(each, share, stage.deploy.within)) late.push(service)
    }
    if (open.length === 0) return done({ changed })
    if (late.length > 0)
      return failed('RollbackFailed', `${stage.name}: ECS has not taken back ${late.join(', ')} in time`)
    return waiting(`ECS to take back ${open.join(', ')}`)
  },
})
