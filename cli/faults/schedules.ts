import { createHash } from 'node:crypto'
import { nameOf } from './catalogue.ts'
import { allCells } from './cells.ts'
import { JOURNEYS, type JourneyName } from './journeys.ts'
import type { Cell } from './play.ts'

const MOST_FAULTS = 4

/** What goes wrong in the release of that number: made of the seed and the number alone. */
export function scheduleOf(seed: string, number: number): Cell {
  const random = randomOf(`${seed}:${number}`)
  const journey = pick(Object.keys(JOURNEYS) as JourneyName[], random)
  const possible = allCells()
    .filter(cell => cell.journey === journey)
    .flatMap(({ faults }) => faults)
  const faults = Array.from({ length: 1 + Math.floor(random() * MOST_FAULTS) }, () => pick(possible, random))
  return { journey, faults: [...new Map(faults.map(fault => [nameOf(fault), fault])).values()] }
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
