import type { Stage } from '../../domain/application.ts'
import { frozen } from '../../domain/freeze.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { retryCommand } from '../../domain/retry.ts'
import type { Override } from '../aws/overrides.ts'
import { logger } from '../step.ts'

/** Why the stage is not to be changed now; undefined where it may be, or where a person has lifted that. */
export function whyFrozen(
  of: HeldStage,
  { name, freeze = [] }: Stage,
  overrides: readonly Override[],
  now: number,
): string | undefined {
  const holding = frozen(freeze, now)
  if (holding.length === 0) return undefined
  const because = holding.map(({ until, because }) => `until ${until}: ${because}`).join('; ')
  const lifted = overrides.find(({ what }) => what.kind === 'freeze')
  if (!lifted)
    return `${name} is frozen ${because}. When it has to change before: sluice lift ${of.app} ${name} freeze && ${retryCommand(of)}`
  logger.warn(`frozen ${because}; a person has lifted that`, { override: lifted })
  return undefined
}
