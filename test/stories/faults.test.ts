import { describe, expect, test } from 'vitest'
import { REMEMBERED } from '../../cli/faults/catalogue.ts'
import { allCells, cellName } from '../../cli/faults/cells.ts'
import { type Cell, FILE, type Played, play } from '../../cli/faults/play.ts'
import { sampleOf, scheduleOf } from '../../cli/faults/schedules.ts'
import { cameOf } from '../../cli/faults/table.ts'
import { synthesize } from '../../cli/rehearsing/synth.ts'

/** The same in each run, and others than these with another word. */
const SEED = 'each run'
const CELLS = 3
const SCHEDULES = 2

/** A throttled SDK waits in real time, and what is lost is compared with a release of which nothing is. */
const isQuick = ({ journey, faults }: Cell) =>
  journey !== 'rollback-after' &&
  faults.every(
    ({ of, name, kind }) => of !== 'api' && kind !== 'api-throttle' && kind !== 'drop' && !REMEMBERED.has(name),
  )

async function played(cell: Cell, needsFired: boolean): Promise<Played> {
  const { directory } = await synthesize([FILE])
  return play(cell, directory, { needsFired })
}

describe('whatever fails, the release ends in a known state, and is told of once', () => {
  const cells = sampleOf(allCells().filter(isQuick), SEED, CELLS)
  test.each(cells.map(cell => [cellName(cell), cell] as const))('%s', async (_, cell) => {
    expect((await played(cell, true)).broken).toEqual([])
  })

  const numbers = Array.from({ length: 100 }, (_, number) => number)
  const quick = numbers.filter(number => isQuick(scheduleOf(SEED, number)))
  test.each(quick.slice(0, SCHEDULES))(`${SEED}:%i`, async number => {
    const { broken, fired } = await played(scheduleOf(SEED, number), false)
    expect({ broken, came: cameOf({ broken, fired }) }).toEqual({ broken: [], came: 'passed' })
  })
})
