import type { Rehearsal } from '../../rehearsal/index.ts'
import { median, type Verdict } from './told.ts'

/** A heap that is collected now and then is never quite flat; and it holds all that the rehearsed services remember. */
const MOST_GROWTH = 1.5
const EVERY = 20
const MB = 2 ** 20

/** Resident memory of this process, where functions and services are, at every so many invocations until it is told. */
export function memoryOf({ lambda }: Rehearsal) {
  const samples: number[] = []
  let invocations = 0
  const decide = lambda.faults
  lambda.faults = (version, payload) => {
    if (invocations++ % EVERY === 0) samples.push(process.memoryUsage.rss())
    return decide(version, payload)
  }
  return {
    /** The last quarter beside the second: in the first, functions start. */
    told(): Pick<Verdict, 'table' | 'checks'> {
      const quarters = [0, 1, 2, 3].map(at => median(samples.slice(...bounds(at, samples.length))))
      const [, second = 0, , last = 0] = quarters
      const ratio = last / second
      return {
        table: [
          ['invocations', String(invocations)],
          ...quarters.map((bytes, at) => [`memory in quarter ${at + 1}, MB`, (bytes / MB).toFixed(0)]),
        ],
        checks: [
          { what: `memory stays flat: ${ratio.toFixed(2)} times the second quarter's`, passed: ratio < MOST_GROWTH },
        ],
      }
    },
  }
}

function bounds(quarter: number, length: number): [number, number] {
  return [Math.floor((quarter * length) / 4), Math.floor(((quarter + 1) * length) / 4)]
}
