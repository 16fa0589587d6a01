import { describe, expect, test } from 'vitest'
import { cellNamed } from '../../cli/faults/mutate.ts'
import { type Cell, FILE, play } from '../../cli/faults/play.ts'
import { scheduleOf } from '../../cli/faults/schedules.ts'
import { synthesize } from '../../cli/rehearsing/synth.ts'

/** Of `npm run faults`: cells in which much can be lost, and which are soon over. */
const CELLS = [
  'release LockStage:kill-host',
  'release DeployNewVersion:arrive-late',
  'automatic-rollback StopDeployments:crash-before',
]
/** Of `npm run faults -- --random`: the first ones of a seed. */
const SEED = 'each run'
const SCHEDULES = 2

async function brokenIn(cell: Cell, needsFired: boolean) {
  const { directory } = await synthesize([FILE])
  return (await play(cell, directory, { needsFired })).broken
}

describe('whatever fails, the release ends in a known state, and is told of once', () => {
  test.each(CELLS)('%s', async name => {
    expect(await brokenIn(cellNamed(name), true)).toEqual([])
  })

  test.each(Array.from({ length: SCHEDULES }, (_, number) => number))(`${SEED}:%i`, async number => {
    expect(await brokenIn(scheduleOf(SEED, number), false)).toEqual([])
  })
})
