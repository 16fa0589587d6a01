import type { Environment } from './environment.ts'
import type { Version } from './functions.ts'

/**
 * Warm environments, at most `keep` idle ones over all functions: the longest unused ends first, since all of them
 * together are most of a rehearsal's memory.
 */
export function createPool(start: (version: Version) => Environment, keep: number) {
  const all = new Set<Environment>()
  /** The longest unused first. */
  let idle: Environment[] = []

  function shrinkTo(count: number): void {
    for (const environment of idle.splice(0, Math.max(0, idle.length - count))) void end(environment)
  }

  async function end(environment: Environment): Promise<void> {
    await environment.kill()
    all.delete(environment)
  }

  return {
    /** An idle environment of exactly this version, or a new one. */
    take(version: Version): Environment {
      idle = idle.filter(one => one.alive() || !all.delete(one))
      const warm = idle.findLast(one => one.version === version)
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
