import type { Environment } from './environment.ts'
import type { Version } from './functions.ts'

export type Pool = ReturnType<typeof createPool>

/**
 * Warm environments, at most `keep` idle ones over all functions, since all of them together are most of a rehearsal's
 * memory: that of the function which is called most often stays, and of the others the longest unused ends first.
 */
export function createPool(start: (version: Version) => Environment, keep: number) {
  const all = new Set<Environment>()
  /** The longest unused first. */
  let idle: Environment[] = []

  const calls = new Map<Version, number>()
  const callsOf = ({ version }: Environment) => calls.get(version) ?? 0

  function shrinkTo(count: number): void {
    while (idle.length > Math.max(0, count)) {
      const favourite = idle.reduce((one, other) => (callsOf(other) >= callsOf(one) ? other : one))
      const ends = idle.find(one => one !== favourite) ?? favourite
      idle = idle.filter(one => one !== ends)
      void end(ends)
    }
  }

  async function end(environment: Environment): Promise<void> {
    await environment.kill()
    all.delete(environment)
  }

  return {
    /** An idle environment of exactly this version, or a new one. */
    take(version: Version): Environment {
      calls.set(version, (calls.get(version) ?? 0) + 1)
      idle = idle.filter(one => one.alive() || !all.delete(one))
      const warm = idle.findLast(one => one.version === version && one.isFree())
      if (warm) {
        idle = idle.filter(one => one !== warm)
        return warm
      }
      shrinkTo(keep - 1)
      const environment = start(version)
      all.add(environment)
      return environment
    },

    give(environment: Environment): void {
      if (!environment.alive()) return void end(environment)
      idle.push(environment)
      shrinkTo(keep)
    },

    size: () => all.size,

    async killAll(): Promise<void> {
      idle = []
      await Promise.all([...all].map(end))
    },
  }
}
