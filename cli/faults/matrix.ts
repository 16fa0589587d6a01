import { nameOf } from './catalogue.ts'
import { cellName } from './cells.ts'
import { type Cell, losesEvents, type Played } from './play.ts'
import { missesOf } from './table.ts'
import { together } from './together.ts'
import { playAll, type Result } from './workers.ts'

export interface Told {
  /** A release is over, and what it shows of its cells is known; `count`: of how many cells by now. */
  known(result: Result, count: number): void
  /** In a release something does not hold, or did not happen: each of its cells is played by itself later. */
  doubted(result: Result): void
}

/**
 * Plays cells, several in one release where it can carry them unless `alone`, and where anything does not hold each of them by
 * itself; once more also what did not happen, since some of it takes two functions that run at the same moment. Resolves in the
 * order of the cells; after them come the releases in which something does not hold that holds in each of their cells.
 */
export async function playMatrix(
  cells: readonly Cell[],
  { assembly, alone, told }: { assembly: string; alone: boolean; told: Told },
): Promise<Result[]> {
  const results = new Map<Cell, Played>()
  const usual = await waitsWithout(cells, assembly)
  const play = (releases: Cell[][], over: (result: Result, cells: Cell[]) => void) => {
    const orders = releases.map(cells => {
      const cell = joined(cells)
      return { cell, usual: usual.get(cell.journey), assembly: async () => assembly }
    })
    return playAll(orders, (result, at) => over(result, releases[at] ?? []))
  }
  const know = (result: Result, cells: Cell[]) => {
    for (const cell of cells) results.set(cell, ofCell(result.played, cell))
    told.known(result, results.size)
  }
  const doubted: { result: Result; cells: Cell[] }[] = []
  const single = cells.map(cell => [cell])
  await play(alone ? single : together(cells), (result, cells) => {
    const { broken } = result.played
    if (broken.length === 0 || (cells.length === 1 && !broken.every(isUnfired))) return know(result, cells)
    doubted.push({ result, cells })
    told.doubted(result)
  })
  const doubtful = doubted.flatMap(({ cells }) => cells.map(cell => [cell]))
  await play(doubtful, know)
  const knownOf = (cell: Cell): Result => {
    const played = results.get(cell)
    if (!played) throw new Error(`nobody knows what came of ${cellName(cell)}`)
    return { cell, played }
  }
  return [
    ...cells.map(knownOf),
    ...doubted.flatMap(({ result, cells }) => onlyTogether(result, cells.map(knownOf)) ?? []),
  ]
}

/** How long the journeys in which events are lost wait where, when none is. */
async function waitsWithout(cells: readonly Cell[], assembly: string) {
  const journeys = [...new Set(cells.filter(losesEvents).map(({ journey }) => journey))]
  const quiet = journeys.map(journey => ({ cell: { journey, faults: [] }, assembly: async () => assembly }))
  const played = await playAll(quiet, () => {})
  const amiss = played.find(({ played }) => played.broken.length > 0)
  if (amiss) throw new Error(`${amiss.cell.journey} does not hold though nothing goes wrong: ${missesOf(amiss.played)}`)
  return new Map(played.map(({ cell, played }) => [cell.journey, played.waits]))
}

const isUnfired = ({ name }: Played['broken'][number]) => name === 'fired'

/** What does not hold in a release; undefined where it does not hold in one of its cells either. What did not happen beside others shows nothing. */
export function onlyTogether({ cell, played }: Result, alone: readonly Result[]): Result | undefined {
  if (alone.some(({ played }) => played.broken.length > 0)) return undefined
  const broken = played.broken
    .filter(miss => !isUnfired(miss))
    .map(({ name, because }) => ({ name, because: `only together: ${because}` }))
  return broken.length > 0 ? { cell, played: { ...played, broken } } : undefined
}

function joined(cells: readonly Cell[]): Cell {
  const [first] = cells
  if (!first) throw new Error('there is nothing to play')
  return { journey: first.journey, faults: cells.flatMap(({ faults }) => faults) }
}

/** What a release shows of one of its cells. */
function ofCell(played: Played, { faults }: Cell): Played {
  const own = faults.map(nameOf)
  const all = Object.entries(played.fired)
  const beside = all.flatMap(([name]) => (own.includes(name) ? [] : [name]))
  const fired = Object.fromEntries(all.filter(([name]) => own.includes(name)))
  return { ...played, fired, ...(beside.length > 0 && { beside }) }
}
