import { type Left, leftIn, pausesIn } from '../rehearsing/report.ts'
import type { World } from '../rehearsing/world.ts'
import { type Fault, stopsExecutions } from './catalogue.ts'

/** By then somebody has looked for what was left behind, and whoever is to be told of it was. */
export const LOOKED_WITHIN_MS = 16 * 60_000
/** ECS takes back what nobody lets go on, and then what is left on the service goes. */
const TAKEN_BACK_WITHIN_MS = 3 * 3_600_000

/** Whether somebody may have to look for what it has left behind; what comes of any other is tidied up by the release itself. */
export const mayLeave = (fault: Fault): boolean =>
  stopsExecutions(fault) ||
  ['fail', 'api-throttle'].includes(fault.kind) ||
  (fault.of === 'api' && fault.kind !== 'lose-answer')

/** Holds the clock while it looks. */
export function lookAtLeft({
  application,
  installation,
  rehearsal: { clock },
}: World): Promise<Left & { hooks: number }> {
  return clock.during('look at what is left', async () => ({
    ...(await leftIn(installation.table)),
    hooks: await pausesIn(application),
  }))
}

/** Where anything is left behind, it is waited for whoever looks for that. */
export async function untilLooked(world: World): Promise<void> {
  const { clock } = world.rehearsal
  const isLeft = async () => {
    const { locks, blocked, waits, unsent, hooks } = await lookAtLeft(world)
    return locks > blocked || waits > 0 || unsent > 0 || hooks > 0
  }
  const deadline = clock.now() + TAKEN_BACK_WITHIN_MS
  while (clock.now() < deadline && (await isLeft())) await clock.sleep(LOOKED_WITHIN_MS)
}
