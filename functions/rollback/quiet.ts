import type { HeldStage } from '../../domain/identity.ts'
import { readLock } from '../aws/lock.ts'
import { LONGEST_FUNCTION_MS } from '../permissions.ts'

/** Once the longest time limit has passed since the fence rose, nothing of the old lease can change the stage any more. */
export async function quietAt({ app, stage }: HeldStage): Promise<number> {
  const { takenOverAt } = await readLock(app, stage)
  return (takenOverAt ?? 0) + LONGEST_FUNCTION_MS
}
