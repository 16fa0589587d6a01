import type { StageChange, StageChangeName } from '../events/stage-change.ts'
import { putStageChange } from './aws/events.ts'
import { logger } from './step.ts'

/**
 * Tells whoever waits at the stage. Where that is lost they look again at their next heartbeat, and nothing that was already
 * done is undone for it.
 */
export async function announce(change: StageChangeName, detail: StageChange['detail']): Promise<void> {
  const announced = await putStageChange(change, detail)
  if (announced.kind === 'lost') logger.warn(`${change} was not announced`, { ...detail, because: announced.because })
}
