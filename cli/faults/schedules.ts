import { createHash } from 'node:crypto'
import { ALL_EVENTS, type Fault } from './catalogue.ts'
import { allCells } from './cells.ts'
import { JOURNEYS, type JourneyName } from './journeys.ts'
import type { Cell } from './play.ts'

const MOST_FAULTS = 4
/** Days of a machine. */
const MOST_SCHEDULES = 100_000

/** Schedules of a seed, by their numbers. */
export interface Schedules {
  seed: string
  first: number
  count: number
}

export type ReadSchedules = ({ kind: 'schedules' } & Schedules) | { kind: 'refused'; because: string }

/** `SEED N`: the first so many; `SEED:NUMBER N`: so many from that one on. */
export function readSchedules(text: string, count = ''): ReadSchedules {
  const refused = (because: string): ReadSchedules => ({ kind: 'refused', because: `--random ${text}: ${because}` })
  if (!/^\d+$/.test(count) || Number(count) < 1) return refused(`write how many, such as --random ${text} 100`)
  if (Number(count) > MOST_SCHEDULES)
    return refused(`${count} are too many; write ${MOST_SCHEDULES} at most, and the rest with another seed`)
  const [, seed = text, number = '0'] = /^(.*):(\d{1,9})$/.exec(text) ?? []
  return { kind: 'schedules', seed, first: Number(number), count: Number(count) }
}

/** Made as they are asked for. */
export function* cellsOf({ seed, first, count }: Schedules): Generator<Cell> {
  for (let at = 0; at < count; at++) yield scheduleOf(seed, first + at)
}

const POSSIBLE = Map.groupBy(allCells(), ({ journey }) => journey)

/** What goes wrong in the release of that number: made of the seed and the number alone. */
export function scheduleOf(seed: string, number: number): Cell {
  const random = randomOf(`${seed}:${number}`)
  const journey = pick(Object.keys(JOURNEYS) as JourneyName[], random)
  const most = 1 + Math.floor(random() * MOST_FAULTS)
  const faults: Fault[] = []
  let left = (POSSIBLE.get(journey) ?? []).flatMap(cell => cell.faults)
  while (faults.length < most && left.length > 0) {
    const drawn = pick(left, random)
    faults.push(drawn)
    left = left.filter(fault => !isInTheWay(drawn, fault))
  }
  return { journey, faults }
}

/** Of two that meet the same call, request or event only one happens: the first word counts. */
function isInTheWay(one: Fault, other: Fault): boolean {
  if (one.name === other.name) return true
  return one.of === 'event' && other.of === 'event' && [one.name, other.name].includes(ALL_EVENTS)
}

/** So many of these, each once: made of the seed alone. */
export function sampleOf<T>(from: readonly T[], seed: string, count: number): T[] {
  const random = randomOf(seed)
  const left = [...from]
  return Array.from({ length: Math.min(count, from.length) }, () => {
    const drawn = pick(left, random)
    left.splice(left.indexOf(drawn), 1)
    return drawn
  })
}

/** Numbers from 0 to 1 that look like chance and are the same for the same text. */
function randomOf(text: string): () => number {
  let drawn = 0
  return () => createHash('sha256').update(`${text}/${drawn++}`).digest().readUInt32BE() / 2 ** 32
}

function pick<T>(from: readonly T[], random: () => number): T {
  const picked = from[Math.floor(random() * from.length)]
  if (picked === undefined) throw new Error('there is nothing to pick from')
  return picked
}
