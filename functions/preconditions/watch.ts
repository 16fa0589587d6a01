import type { Stage } from '../../domain/application.ts'
import { at } from '../../domain/field.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { retryCommand } from '../../domain/retry.ts'
import { quoted } from '../../domain/shell.ts'
import type { Override } from '../aws/overrides.ts'
import { logger } from '../step.ts'
import { alarmsNamed } from '../watching/alarms.ts'
import { countersAt } from '../watching/counters.ts'
import { type Refused, refused } from './refused.ts'

/** `ringing`: alarm → since when it rings (ms), of those that a person lets pass. */
export type Alarms = { kind: 'ready'; ringing?: Record<string, number> } | Refused

/**
 * Whether every alarm of the stage is there, and neither it nor one that ECS watches by itself rings: the watch, and ECS, would
 * be deaf to one that does. `inEcs`: names of the latter.
 */
export async function checkAlarms(
  of: HeldStage,
  { name: stage, watch }: Stage,
  inEcs: readonly string[],
  overrides: readonly Override[],
): Promise<Alarms> {
  const ours = watch?.alarms ?? []
  const alarms = await alarmsNamed([...new Set([...ours, ...inEcs])])
  const gone = alarms.filter(({ name, state }) => state === 'gone' && ours.includes(name)).map(({ name }) => name)
  if (gone.length > 0)
    return refused(
      `${stage} alarms: CloudWatch has none of the name ${gone.join(', ')} in this account and region; create it, or correct watch.alarms in the application file`,
    )
  const ringing: Record<string, number> = {}
  for (const { name, state, since, reason } of alarms) {
    if (state !== 'ALARM') continue
    const lifted = overrides.find(({ what }) => what.kind === 'alarm' && what.name === name)
    if (!lifted) {
      const deaf = ours.includes(name)
        ? 'a watch would not tell what the release does to it'
        : 'ECS, whose deployments it is to take back, ignores its alarms where one rings from the start'
      return refused(
        `${stage} alarms: ${name} rings since ${at(since)} (${reason}); ${deaf}. See that it is quiet, then retry; ` +
          `or, when it may ring: sluice lift ${of.app} ${stage} alarm ${quoted(name)} && ${retryCommand(of)}`,
      )
    }
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
