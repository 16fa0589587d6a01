import type { Stage } from '../../domain/application.ts'
import { at } from '../../domain/field.ts'
import type { HeldStage } from '../../domain/identity.ts'
import type { Override } from '../aws/overrides.ts'
import { logger } from '../step.ts'
import { lookAtAlarms } from '../watching/alarms.ts'
import { countersAt } from '../watching/counters.ts'
import { type Refused, refused } from './refused.ts'

/** `ringing`: alarm → since when it rings (ms), of those that a person lets pass. */
export type Alarms = { kind: 'ready'; ringing?: Record<string, number> } | Refused

/** Whether every alarm of the stage is there and does not ring: ECS, and whoever watches, would be deaf to one that does. */
export async function checkAlarms({ app }: HeldStage, stage: Stage, overrides: readonly Override[]): Promise<Alarms> {
  const alarms = await lookAtAlarms(stage)
  const gone = alarms.filter(({ state }) => state === 'gone').map(({ name }) => name)
  if (gone.length > 0)
    return refused(
      `${stage.name} alarms: CloudWatch has none of the name ${gone.join(', ')} in this account and region; create it, or correct watch.alarms in the application file`,
    )
  const ringing: Record<string, number> = {}
  for (const { name, state, since, reason } of alarms) {
    if (state !== 'ALARM') continue
    const lifted = overrides.find(({ what }) => what.kind === 'alarm' && what.name === name)
    if (!lifted)
      return refused(
        `${stage.name} alarms: ${name} rings since ${at(since)} (${reason}); a watch would not tell what the release does to it. ` +
          `See that it is quiet; or, when it may ring: sluice lift ${app} ${stage.name} alarm ${name}, then release again`,
      )
    logger.warn(`alarm ${name} rings since ${at(since)}; a person lets it pass`, { override: lifted })
    ringing[name] = since
  }
  return { kind: 'ready', ...(Object.keys(ringing).length > 0 && { ringing }) }
}

/** Why errors could not be counted, though the application file says how many are too many. `targetGroups`: of all services. */
export async function whyUncounted(
  { name, watch }: Stage,
  targetGroups: readonly string[],
): Promise<string | undefined> {
  if (!watch?.errorRate) return undefined
  if (Object.values(await countersAt(targetGroups)).flat().length > 0) return undefined
  return `${name}: no service of this stage is behind an application load balancer, which alone counts answers and errors; take watch.errorRate out of the application file, or watch an alarm`
}
