import { historyOf, listExecutions } from '../../functions/aws/executions.ts'
import { openAccount } from './account.ts'
import type { Simple } from './applications.ts'
import { type Bench, median, percentile, type Verdict } from './told.ts'
import { listen } from './wake-ups.ts'

/** One in so many waits is woken in environments that have just been killed. */
const ONE_COLD_IN = 6
/** In real milliseconds. */
const MEDIAN_MS = 300
const STAGES = 10
const KEEP_WARM = 40

/** No task runs, so that ECS is quick: two seconds after it is told, it says that the deployment is over. */
const APPLICATION: Simple = { app: 'waits', stages: Array.from({ length: STAGES }, (_, at) => `stage-${at + 1}`) }

/**
 * How long it takes from the moment that ECS's word leaves the bus until the release has entered its next state, at the pace of
 * real time: one release after the other, each with a wait in each of its stages.
 */
export const waits: Bench = async (tell, count) => {
  const account = await openAccount({
    ...{ applications: [APPLICATION], tasks: 0 },
    ...{ drive: 'paced', speed: 1, keepWarm: KEEP_WARM },
  })
  try {
    const { rehearsal, installation } = account
    const wakeUps = listen(rehearsal, number => number % ONE_COLD_IN === 0)
    const warm = () => wakeUps.found.filter(({ cold }) => !cold)
    for (let release = 1; warm().length < count; release++) {
      account.push(APPLICATION, `v${release}`)
      await account.untilEnded(release)
      const [execution] = await listExecutions(installation.releaseMachine)
      if (execution?.status !== 'SUCCEEDED') throw new Error(`release v${release} ended ${execution?.status}`)
      const before = wakeUps.found.length
      wakeUps.read(await historyOf(execution.executionArn ?? ''))
      if (wakeUps.found.length === before) throw new Error(`nothing woke release v${release}`)
      tell(`release ${release}: ${warm().length} of ${count} warm waits`)
    }
    const measured = { warm: warm().slice(0, count), cold: wakeUps.found.filter(({ cold }) => cold) }
    return told(measured)
  } finally {
    await account.stop()
  }
}

type Found = ReturnType<typeof listen>['found']

function told({ warm, cold }: { warm: Found; cold: Found }): Verdict {
  const total = (found: Found) => found.map(({ parts }) => Object.values(parts).reduce((sum, ms) => sum + ms, 0))
  const [first] = warm
  const rows = Object.keys(first?.parts ?? {}).map(name => {
    const of = (found: Found) => found.map(({ parts }) => parts[name as keyof typeof parts])
    return row(name, of(warm), of(cold))
  })
  const all = row('from the bus to the next state', total(warm), total(cold))
  const ratio = median(total(cold)) / median(total(warm))
  return {
    title: `${warm.length} warm waits and ${cold.length} cold ones, milliseconds`,
    table: [['', 'warm median', 'p95', 'cold median', 'p95'], ...rows, all],
    checks: [
      { what: `a warm median under ${MEDIAN_MS} ms`, passed: median(total(warm)) < MEDIAN_MS },
      { what: `cold is slower: ${ratio.toFixed(1)} times`, passed: ratio > 1 },
    ],
  }
}

function row(name: string, warm: number[], cold: number[]): string[] {
  return [name, ...[warm, cold].flatMap(all => [median(all), percentile(all, 95)]).map(ms => ms.toFixed(0))]
}
