import { type Fault, holdsUpPages, REMEMBERED } from './catalogue.ts'
import { JOURNEYS, type JourneyName } from './journeys.ts'
import type { Cell } from './play.ts'

/** Where one does not hold, so many are to be played again, each by itself. */
const MOST = 20

/** What a release gets over and goes on as usual; what ends it, or is timed, is played by itself. */
const PASSING: ReadonlySet<Fault['kind']> = new Set<Fault['kind']>([
  ...(['crash-before', 'crash-after', 'time-out', 'throttle', 'internal-error', 'twice', 'kill-host'] as const),
  ...(['api-throttle', 'lose-answer', 'delay'] as const),
])

/** Of these a release gets few: they take the longest, or everything that runs. */
const FEW = 4
const FEW_OF: ReadonlySet<Fault['kind']> = new Set<Fault['kind']>(['api-throttle', 'kill-host'])

/**
 * Which cells one release can carry: steps, events or operations of one journey, each another one, so that none stands in the way
 * of the others. What does not hold in such a release is to be looked for in each of its cells.
 */
export function together(cells: readonly Cell[]): Cell[][] {
  const releases: Cell[][] = []
  for (const cell of cells) {
    const found = releases.find(others => others.every(other => goTogether(cell, other)) && hasRoom(others, cell))
    if (found) found.push(cell)
    else releases.push([cell])
  }
  return spread(releases)
}

function hasRoom(others: readonly Cell[], { faults }: Cell): boolean {
  const kinds = others.flatMap(({ faults }) => faults.map(({ kind }) => kind))
  const isFew = ({ kind }: Fault) => !FEW_OF.has(kind) || kinds.filter(other => other === kind).length < FEW
  return others.length < MOST && faults.every(isFew)
}

/** In a throttled SDK real time passes in which others have the processors: one such release after every few of the others. */
function spread(releases: Cell[][]): Cell[][] {
  const waits = (cells: Cell[]) => cells.some(({ faults }) => faults.some(({ kind }) => kind === 'api-throttle'))
  const [idle, busy] = [releases.filter(waits), releases.filter(cells => !waits(cells))]
  if (idle.length === 0) return busy
  const every = Math.ceil(busy.length / idle.length)
  return idle.flatMap((cells, at) => [cells, ...busy.slice(at * every, (at + 1) * every)])
}

/** What is played against cold functions, and what happens only where nothing else is amiss. */
const BY_ITSELF: ReadonlySet<string> = new Set([...REMEMBERED, ...['sqs:ChangeMessageVisibility', 'ECR Image Action']])

/** What may hold up pages would let any other that loses one pass. */
function isShared(journey: JourneyName, fault: Fault): boolean {
  const pages = JOURNEYS[journey].outcome !== 'released'
  return PASSING.has(fault.kind) && !BY_ITSELF.has(fault.name) && !(pages && holdsUpPages(fault))
}

function goTogether(one: Cell, other: Cell): boolean {
  return (
    one.journey === other.journey &&
    [one, other].every(({ journey, faults }) => faults.every(fault => isShared(journey, fault))) &&
    one.faults.every(({ of, name }) => other.faults.every(each => each.of === of && each.name !== name))
  )
}
