import { isDeepStrictEqual } from 'node:util'
import type { Created } from './intrinsics.ts'
import type { Assembly } from './read.ts'
import type { ResourceType } from './resource.ts'

/** A resource of a stack as it was last deployed. */
export interface Deployed {
  type: string
  /** As the template has them, and with every intrinsic function answered. */
  written: Record<string, unknown>
  properties: Record<string, unknown>
  created: Created
  /** Whether it stays when the template has it no more, and when another takes its place. */
  isRetained: boolean
  isRetainedWhenReplaced: boolean
}

export type DeployedResources = ReadonlyMap<string, Deployed>

/** The names of the properties that differ. */
export function changesOf(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter(name => !isDeepStrictEqual(before[name], after[name]))
}

/** Throws for what cannot be made of a deployed stack, as far as the two templates show it. */
export function demandPossible(
  current: DeployedResources,
  { template }: Assembly,
  types: ReadonlyMap<string, ResourceType>,
  known: (type: string) => ResourceType | undefined,
): void {
  for (const [id, before] of current) {
    const after = template.Resources[id]
    const type = types.get(id)
    const what = `${id} (${before.type})`
    if (!after || !type) {
      const gone = known(before.type)
      if (gone?.irreplaceable)
        throw new Error(`${what}: the template has it no more, and must not lose it: ${gone.irreplaceable}`)
      if (!before.isRetained && !gone?.remove) throw new Error(`${what}: to remove it is not part of this rehearsal`)
      continue
    }
    if (after.Type !== before.type)
      throw new Error(`${what}: a resource cannot become another type, ${after.Type}, under the same logical id`)
    const refused = type.refusal(changesOf(before.written, after.Properties))
    if (refused) throw new Error(`${what}: ${refused}`)
  }
}
