import { readEnd, releasesOf } from '../../functions/aws/ledger.ts'
import { openAccount } from './account.ts'
import type { Simple } from './applications.ts'
import { errorsOf } from './errors.ts'
import { memoryOf } from './memory.ts'
import type { Bench } from './told.ts'

/** What an account may do least often of all that a release does; each release asks for it once for each service. */
const SCARCE = { service: 'ecs', operation: 'RegisterTaskDefinition' }
/** So often the SDK asks before a function gives up, and the state machine calls it again. */
const SDK_TRIES = 3

const TAGS = ['v1', 'v2', 'v3', 'v4']

/** So many applications of one installation are pushed four times at once, each in four versions. */
export const crowd: Bench = async (tell, count) => {
  const applications: Simple[] = Array.from({ length: count }, (_, at) => ({
    ...{ app: `app-${at + 1}`, stages: ['production'] },
  }))
  const account = await openAccount({ applications, tasks: 1, drive: 'jump' })
  try {
    const { rehearsal, installation, logDir } = account
    tell(`${count} applications are installed, each with a service that runs`)
    const memory = memoryOf(rehearsal)
    // A machine that takes its time never meets the rate: as if all had come within a second, the first of each application are refused.
    const refused = rehearsal.faults.add({ ...SCARCE, does: 'throttle', times: SDK_TRIES * count })
    const [realStart, awsStart] = [performance.now(), rehearsal.clock.now()]
    for (const tag of TAGS) for (const simple of applications) account.push(simple, tag)
    await account.untilEnded(TAGS.length * count)
    const [real, aws] = [performance.now() - realStart, rehearsal.clock.now() - awsStart]
    const grown = memory.told()
    const ends = await rehearsal.clock.during('look at the ledger', () => Promise.all(applications.map(endsOf)))
    const errors = await errorsOf(rehearsal, installation, logDir)
    const tally = Map.groupBy(ends.flat(), ({ outcome }) => outcome)
    return {
      title: `${count} applications, each pushed ${TAGS.length} times at once`,
      table: [
        ['releases', 'number'],
        ...[...tally].map(([outcome, all]) => [outcome, String(all.length)]),
        ['AWS seconds', (aws / 1_000).toFixed(0)],
        ['real seconds', (real / 1_000).toFixed(0)],
        ...grown.table,
        [`${SCARCE.operation} throttled on purpose`, String(refused.fired())],
        ...errors.table,
      ],
      checks: [
        { what: 'of each application the newest is released, and is last', passed: ends.every(isNewestLast) },
        {
          what: 'every other one gave way, or was released before',
          passed: ends.flat().every(({ outcome }) => ['released', 'superseded'].includes(outcome)),
        },
        ...grown.checks,
        ...errors.checks,
      ],
    }
  } finally {
    await account.stop()
  }
}

interface Ended {
  tag: string
  outcome: string
  at: number
}

/** In the order of their pushes. */
async function endsOf({ app }: Simple): Promise<Ended[]> {
  const ended: Ended[] = []
  for (const entry of await releasesOf(app)) {
    const end = await readEnd(entry)
    ended.push({ tag: entry.tag, outcome: end?.outcome ?? 'without an end', at: end?.at ?? 0 })
  }
  return ended.sort((one, other) => TAGS.indexOf(one.tag) - TAGS.indexOf(other.tag))
}

function isNewestLast(ends: Ended[]): boolean {
  const newest = ends.at(-1)
  const released = ends.filter(({ outcome }) => outcome === 'released')
  return ends.length === TAGS.length && newest?.outcome === 'released' && released.every(({ at }) => at <= newest.at)
}
