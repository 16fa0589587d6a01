import { lockedRelease, type Release } from '../release.ts'
import { createWorld, type World } from '../world.ts'

export interface Prepared {
  file?: Parameters<typeof createWorld>[0]
  /** What is so before the release looks. */
  before?: (world: World) => Promise<void> | void
}

export interface UnderLock {
  world: World
  release: Release
  /** What the ledger says that the stage served before. */
  read(): ReturnType<Release['records']['readBefore']>
  checks(): Promise<unknown>
}

/** A release that holds its stage's lock, and looks at the stage for the first time. */
export async function underLock({ file, before }: Prepared = {}): Promise<UnderLock> {
  const world = await createWorld(file)
  await before?.(world)
  const release = await lockedRelease(world)
  const { handler } = await import('../../../functions/check-preconditions.ts')
  const read = () => release.records.readBefore(release.held)
  return { world, release, read, checks: () => world.invoke(handler, { ...release.held, round: 0 }) }
}

export const READY = { kind: 'ready', services: 1 }
export const refusal = (because: string) => ({ name: 'PreconditionFailed', message: because })
