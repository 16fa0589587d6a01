import { describe, expect, test } from 'vitest'
import { blueGreen } from './blue-green.ts'
import { story } from './rehearsed.ts'

describe('what no event tells', () => {
  test('of a push is found by the next look, which starts it once [P1.6c]', async () => {
    const { report, misses } = await story('push-event-lost')
    expect(misses).toEqual([])
    expect(report).toMatchObject({ outcome: 'released', executions: 1, locks: 0, waits: 0 })
  })

  test('of the end of an execution is found by the next look, which has the stage cleaned up [P4.4b]', async () => {
    const { report, misses } = await story('execution-end-lost')
    expect(misses).toEqual([])
    expect(report).toMatchObject({ outcome: 'aborted', rollbacks: 1, locks: 0, waits: 0 })
    expect(report.stages[0]?.after).toEqual(report.stages[0]?.before)
  })

  test('at all is found all the same: a release starts and ends by looks and heartbeats [P1.6c, P3.1a]', async () => {
    const { report, misses } = await story('all-events-lost')
    expect(misses).toEqual([])
    expect(report).toMatchObject({ outcome: 'released', executions: 1, locks: 0, waits: 0 })
  })
})

test('a tag that is pushed again, image by image, is one release more', async () => {
  const { report, misses } = await blueGreen('pushed-again')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 2, rollbacks: 0, locks: 0, waits: 0, hooks: 0 })
})

test('one image of several that nobody hears of starts nothing, and a look says what it waits for [P1.6d]', async () => {
  const { report, misses } = await blueGreen('image-missing')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: null, executions: 0, locks: 0, waits: 0 })
})
