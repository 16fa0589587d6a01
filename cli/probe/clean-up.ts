import { type Account, leftBehind } from './left-behind.ts'
import { type Removing, removeThing } from './removal.ts'

export interface CleanedUp {
  /** What probes had left there. */
  found: string[]
  removed: string[]
  /** What is there still, or could not be looked for, in sentences. */
  left: string[]
}

/** After it nothing is there that a probe has made, if that is meant; else it has only looked. */
export async function cleanUp(account: Account, isMeant: boolean, removing: Removing): Promise<CleanedUp> {
  const { things, unseen } = await leftBehind(account)
  const all: CleanedUp = { found: things.map(({ what }) => what), removed: [], left: unseen }
  if (!isMeant) return all
  for (const thing of things) {
    const left = await removeThing(thing, removing)
    all.left.push(...left)
    if (left.length === 0) all.removed.push(thing.what)
  }
  return all
}

export function linesOfCleanUp({ found, removed, left }: CleanedUp, isMeant: boolean): string[] {
  if (found.length === 0 && left.length === 0) return ['no probe has left anything here']
  if (isMeant || found.length === 0) return [`${removed.length} removed, ${left.length} left`]
  return [
    'This removes what probes have left here, and what one has made that still runs: end that one first.',
    ...found.map(what => `  ${what}`),
    'If you mean it, say so: --yes',
  ]
}
