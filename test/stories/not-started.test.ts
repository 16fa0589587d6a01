import { expect, test } from 'vitest'
import { story } from './rehearsed.ts'

test.each([
  ['a push without a tag', 'untagged-push'],
  ["a push to somebody else's repository", 'foreign-repository'],
  ['the deletion of a tag', 'delete-event'],
])('%s starts nothing', async (_what, name) => {
  const { report, misses } = await story(name)
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: null, release: null, executions: 0, rollbacks: 0, locks: 0, waits: 0 })
  expect(report.stages[0]?.after).toEqual(report.stages[0]?.before)
})
