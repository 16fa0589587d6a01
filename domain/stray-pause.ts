import { isOneOf, type PauseHook } from './blue-green.ts'

type DescribedHook = Parameters<typeof isOneOf>[1]

/**
 * Whether a deployment that is paused at this stage waits for Sluice alone. ECS does not say which pause an open hook is: where
 * the owners have one of their own there, too, nobody but they may answer.
 */
export function waitsForUs(hooks: readonly DescribedHook[], ours: readonly PauseHook[], at: string): boolean {
  const pauses = hooks.filter(hook => hook.targetType === 'PAUSE' && (hook.lifecycleStages ?? []).includes(at))
  return pauses.length > 0 && pauses.every(hook => isOneOf(ours, hook))
}

/** What tells whether a deployment is a release's own. */
export interface Traces {
  /** The release that its definition's tags name knows it as its own. */
  isItsOwn: boolean
  createdAt: number
  /** When that release ended at this stage, ms; undefined: it has not. */
  endedAt: number | undefined
}

/** A deployment of a release's revision that began after the release had ended is somebody else's. */
export function isOfRelease({ isItsOwn, createdAt, endedAt }: Traces): boolean {
  return isItsOwn && (endedAt === undefined || createdAt < endedAt)
}
