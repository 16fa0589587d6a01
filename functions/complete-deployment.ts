import { graceOf, LONGEST_DEREGISTRATION_MS } from '../domain/deployment.ts'
import { heldStage } from '../domain/identity.ts'
import { assertLease } from './aws/lock.ts'
import { answer, type Leg, lookAtGreens } from './blue-green/leg.ts'
import { arnsOf, readNewVersion } from './deploying/new-version.ts'
import { continuesDeployments } from './deploying/permissions.ts'
import { answersTasks, followsDeployments, type Needs, usesTable } from './permissions.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'DeleteItem'),
    followsDeployments(site),
    continuesDeployments(site),
    answersTasks([site.releaseMachine]),
  ],
  unused: {
    'states:SendTaskFailure':
      'ECS would have to take back, or somebody to stop, what users have watched already: no rehearsal does',
  },
}

const LEG: Leg = {
  from: 'POST_PRODUCTION_TRAFFIC_SHIFT',
  to: 'SUCCESSFUL',
  by: 'complete',
  late: 'was not called successful',
}

/** After it: ECS calls every green's deployment successful, and blue is gone. */
export const handler = waitingStep({
  name: 'CompleteDeployment',
  input: heldStage,
  begin: async of => {
    const version = await readNewVersion(of)
    return arnsOf(version, version.greens)
  },
  check: async (of, { now, entered }) => {
    await assertLease(of)
    const version = await readNewVersion(of)
    const within = graceOf(version.stage.deploy.within) + LONGEST_DEREGISTRATION_MS
    const all = version.greens.flat()
    const looked = await lookAtGreens(of, version, [all], LEG, { now, since: entered, within })
    if (looked.kind === 'failed') return looked
    if (looked.kind === 'there') return done({ services: all.length })
    for (const { service, stand } of looked.paused) await answer(of, service, LEG, stand)
    return waiting(`blue of ${looked.open.map(({ service }) => service).join(', ')} to be gone`)
  },
})
