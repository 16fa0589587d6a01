import type { HeldStage } from '../../domain/identity.ts'
import { leaseState } from '../../domain/lock.ts'
import { readLock } from '../aws/lock.ts'
import { giveBack } from '../blue-green/configuration.ts'
import { deploysServices } from '../deploying/permissions.ts'
import { asTransient, StepFailure } from '../failure.ts'
import type { Site, Statement } from '../permissions.ts'
import { readsDeployments } from '../permissions.ts'
import { readStagePlan } from '../stage-plan.ts'

export const givesBack = (site: Site): Statement[] => [...readsDeployments(site), ...deploysServices(site)]

/**
 * After it: each service of the stage is deployed as its owners had it, by the next one who deploys it; Sluice's pauses and
 * bake times are off. Returns where that could not be done, in sentences: it keeps nothing from coming to its end, and is
 * tried again when the service's next deployment has ended. Whoever has lost the stage changes nothing. Throws `Transient` where
 * AWS may take it in a moment.
 */
export async function giveBackAll(of: HeldStage): Promise<string[]> {
  const { app, stage: name, lease } = of
  try {
    if (leaseState(await readLock(app, name), lease) === 'lost') return []
    const { stage } = await readStagePlan(of)
    const left: string[] = []
    for (const { service } of stage.services) left.push(...(await giveOneBack(of, stage.cluster, service)))
    return left
  } catch (error) {
    return [unreachable(name, lasting(error))]
  }
}

async function giveOneBack(of: HeldStage, cluster: string, service: string): Promise<string[]> {
  try {
    if ((await giveBack(of, cluster, service)) === 'given-back') return []
    return [`${service} is being deployed, so Sluice's pauses stay on it; they come off when that has ended`]
  } catch (error) {
    return [unreachable(service, lasting(error))]
  }
}

/** What another try may mend is thrown, and tried again by the state. */
function lasting(error: unknown): Error {
  const failure = asTransient(error)
  if (failure instanceof StepFailure && failure.name === 'Transient') throw failure
  return failure
}

function unreachable(what: string, { name, message }: Error): string {
  const because = `${name}: ${message.replace(/\.$/, '')}`
  return `Sluice's pauses could not be taken off ${what} (${because}); its next deployment is let through, and they come off after it`
}
