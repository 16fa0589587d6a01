import type { HeldStage } from '../../domain/identity.ts'
import type { Plan } from '../../domain/plan.ts'
import { retryCommand } from '../../domain/retry.ts'
import { readQuarantine } from '../aws/stage-ledger.ts'

/** Why this set of digests may not go to the stage: it was taken back there, and nobody has lifted that. */
export async function whyQuarantined(of: HeldStage, { tag }: Plan): Promise<string | undefined> {
  const { app, stage, release } = of
  const kept = await readQuarantine(app, stage, release)
  return (
    kept &&
    `release ${release} (${tag}) is quarantined at ${stage}: ${kept.reason}. ` +
      `When it may go there again: sluice lift ${app} ${stage} ${release} && ${retryCommand(of)}`
  )
}
