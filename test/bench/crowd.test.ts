import { expect, test } from 'vitest'
import { crowd } from './crowd.ts'

test('two applications that are pushed four times at once each release their newest version last, and nothing is given up', async () => {
  const { table, checks } = await crowd(() => {}, 2)
  expect(checks.filter(({ what, passed }) => !passed && !what.startsWith('memory'))).toEqual([])
  expect(checks.length).toBeGreaterThanOrEqual(5)
  const releases = Number(table.find(([what]) => what === 'released')?.[1])
  expect(releases).toBeGreaterThanOrEqual(2)
})
