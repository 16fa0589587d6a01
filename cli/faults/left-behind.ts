import { leftIn, pausesIn } from '../rehearsing/report.ts'
import type { World } from '../rehearsing/world.ts'

/** By then somebody has looked for what was left behind, and whoever is to be told of it was. */
export const LOOKED_WITHIN_MS = 16 * 60_000
/** ECS takes back what nobody lets go on, and then what is left on the service goes. */
const TAKEN_BACK_WITHIN_MS = 3 * 3_600_000

/** Where anything is left behind, it is waited for whoever looks for that. Holds the clock only while it looks. */
export async function untilLooked({ application, installation, rehearsal: { clock } }: World): Promise<void> {
  const isLeft = () =>
    clock.during('look at what is left', async () => {
      const { locks, blocked, waits, unsent } = await leftIn(installation.table)
      return locks > blocked || waits > 0 || unsent > 0 || (await pausesIn(application)) > 0
    })
  const deadline = clock.now() + TAKEN_BACK_WITHIN_MS
  while (clock.now() < deadline && (await isLeft())) await clock.sleep(LOOKED_WITHIN_MS)
}
