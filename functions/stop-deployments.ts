import { isOpen } from '../domain/deployment.ts'
import { heldStage } from '../domain/identity.ts'
import { groupsBack } from '../domain/service-way-back.ts'
import { assertLease } from './aws/lock.ts'
import { stopsDeployments } from './deploying/permissions.ts'
import { failed } from './failure.ts'
import { answersTasks, followsDeployments, type Needs, TELLING, tells, usesTable } from './permissions.ts'
import { stop } from './rollback/stop.ts'
import { tellRollingBack, tellTroubleBack } from './rollback/telling.ts'
import { deploymentsOn, readWayBack, takenBack } from './rollback/way-back.ts'
import { readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'PutItem', 'DeleteItem'),
    followsDeployments(site),
    stopsDeployments(site),
    answersTasks([site.rollbackMachine]),
    tells(site),
  ],
  environment: TELLING,
  unused: {
    'states:SendTaskFailure':
      'ECS would have to take nothing back for as long as it is given: no rehearsal waits so long',
  },
}

/**
 * After it: no deployment of this release is open, each having been taken back by ECS, the last group first; a green that has
 * users loses them to the blue that is still warm. One whose blue is going already has ended. The output says whether the
 * release had changed any service at all. A deployment of somebody else's is left alone: RestorePrevious tells what it left.
 */
export const handler = waitingStep({
  name: 'StopDeployments',
  input: heldStage,
  begin: async input =>
    Object.values((await readWayBack(input))?.services ?? {}).map(({ served }) => served.serviceArn),
  check: async (input, moment) => {
    await assertLease(input)
    const back = await readWayBack(input)
    if (!back) return done({ changed: false })
    const { stage } = await readStagePlan(input)
    let changed = false
    const open: string[] = []
    const late: string[] = []
    const beyond: string[] = []
    for (const each of groupsBack(stage).flat()) {
      const { service } = each
      const target = back.services[service]
      const revision = await takenBack(input, service, target)
      const found = await deploymentsOn(back, stage.cluster, service)
      const ours = found.filter(({ taskDefinition }) => taskDefinition === revision)
      // One that is older than the way back is no longer found once it has been stopped.
      changed ||= ours.length > 0 || (revision !== undefined && target?.from === revision)
      for (const deployment of ours.filter(({ status }) => isOpen(status))) {
        const { isLate, isBeyond } = await stop(input, stage, each, deployment, moment)
        open.push(service)
        if (isLate) late.push(service)
        if (isBeyond) beyond.push(service)
      }
    }
    // Nobody waits for people to be told.
    if (changed) await tellRollingBack(input)
    for (const service of beyond) await tellTroubleBack(input, cannotStop(service))
    if (open.length === 0) return done({ changed })
    if (late.length > 0)
      return failed('RollbackFailed', `${stage.name}: ECS has not taken back ${late.join(', ')} in time`)
    return waiting(`ECS to take back ${open.join(', ')}`)
  },
})

function cannotStop(service: string): string {
  return `${service} has the new version until its deployment has ended, since ECS takes nothing back once the old one is going; then it is deployed back`
}
