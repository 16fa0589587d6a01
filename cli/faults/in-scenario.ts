import type { Approvers } from '../rehearsing/approvers.ts'
import type { Digests } from '../rehearsing/report.ts'
import type { World } from '../rehearsing/world.ts'
import { type Fault, nameOf } from './catalogue.ts'
import { listenTo } from './ears.ts'
import { gather, type Push } from './evidence.ts'
import { followExecutions } from './executions.ts'
import { inject } from './inject.ts'
import { brokenIn } from './invariants.ts'
import { untilLooked } from './left-behind.ts'
import { keepRecords } from './records.ts'

/** A push as somebody made it. */
export interface Pushed {
  repository: string
  tag?: string
  digest: string
}

/** A fault in a rehearsal of any scenario, from now on. */
export interface FaultInScenario {
  pushed(push: Pushed): void
  /** What does not hold in the end; `failsUsers`: the scenario's own version does. */
  misses(of: { approvers: Approvers; before: Record<string, Digests>; failsUsers: boolean }): Promise<string[]>
}

export function faultIn(world: World, fault: Fault): FaultInScenario {
  const { application, installation, rehearsal } = world
  const ears = listenTo(rehearsal)
  const records = keepRecords(ears)
  const executions = followExecutions(rehearsal, ears, installation)
  const { fired } = inject({ rehearsal, ears, executions }, fault)
  const byTag = new Map<string, Push>()
  return {
    pushed({ repository, tag = '', digest }) {
      const images = Object.entries(application.images).filter(([, name]) => name === repository)
      const { at = rehearsal.clock.now(), digests } = byTag.get(tag) ?? {}
      byTag.set(tag, {
        tag,
        at,
        digests: { ...digests, ...Object.fromEntries(images.map(([image]) => [image, digest])) },
      })
    },
    async misses({ approvers, before, failsUsers }) {
      await untilLooked(world)
      const happened = fired() > 0 ? [fault] : []
      const observed = { world, approvers, records, before, pushed: [...byTag.values()], happened }
      const evidence = await rehearsal.clock.during('judge', () => gather(observed))
      const broken = brokenIn(evidence).filter(({ name }) => !failsUsers || name !== 'users served')
      return [
        ...(fired() > 0 ? [] : [`${nameOf(fault)} did not happen in this scenario`]),
        ...broken.map(({ name, because }) => `${name}: ${because}`),
      ]
    },
  }
}
