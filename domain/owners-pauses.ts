import { isOneOf, isPauseAt, PAUSES, type PauseHook } from './blue-green.ts'
import type { Lack } from './lack.ts'

type DescribedHook = Parameters<typeof isOneOf>[1]

/** PAUSE hooks that ECS takes of one service. */
const MOST = 10

/**
 * Why the hooks of a service's owners are in the way of ours: nobody could tell whose pause is answered, or ECS would refuse
 * ours beside so many. What we have left there (`ours`) is not.
 */
export function whyPaused(hooks: readonly DescribedHook[], ours: readonly PauseHook[]): Lack | undefined {
  const theirs = hooks.filter(hook => hook.targetType === 'PAUSE' && !isOneOf(ours, hook))
  const mend = (what: string) => `take ${what} out of the service's deploymentConfiguration.lifecycleHooks`
  const taken = PAUSES.filter(pause => theirs.some(hook => isPauseAt(hook, pause)))
  if (taken.length > 0)
    return {
      found: `it has a PAUSE hook at ${taken.join(' and ')}, where Sluice has a deployment wait for itself`,
      remedy: mend('it'),
    }
  const tooMany = theirs.length + PAUSES.length - MOST
  if (tooMany <= 0) return undefined
  return {
    found: `it has ${theirs.length} PAUSE hooks, and ECS takes ${MOST} with the ${PAUSES.length} of Sluice`,
    remedy: mend(`${tooMany} of them`),
  }
}
