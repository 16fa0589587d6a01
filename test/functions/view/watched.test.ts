import { describe, expect, test } from 'vitest'
import type { Watched } from '../../../functions/aws/watched.ts'
import type { Step } from '../../../functions/view/history.ts'
import type { ReleaseView } from '../../../functions/view/release-view.ts'
import { detailOf } from '../../../functions/view/sentences.ts'

const view = { stages: [] } as unknown as ReleaseView
const seen: Watched = {
  ...{ at: 1, from: 0, alarms: { slow: 'OK' } },
  services: { api: { green: { requests: 10_000, errors: 2 }, blue: { requests: 380, errors: 0 } } },
}
const NUMBERS = 'api 0.02 % errors of 10,000 (old version 0.0 % errors of 380)'

/** What stands beside the watch, in the terminal and on the page. */
function told(output: object | undefined, watched: Watched | undefined): string {
  const step: Step = { name: 'WatchAlarms', state: output ? 'done' : 'running', from: 0, retries: 0, output }
  return detailOf(step, { name: 'production', steps: [step], rollback: [], ...(watched && { watched }) }, view)
}

describe('a watch that is over is told with', () => {
  test.each([
    ['what was answered', { alarms: 1 }, seen, `no alarm rang; ${NUMBERS}`],
    ['nothing about alarms where there were none', { alarms: 0 }, seen, NUMBERS],
    [
      'what could not be seen, first',
      { alarms: 1, unclear: 'after 7m, alarm slow has no data' },
      { ...seen, alarms: { slow: 'INSUFFICIENT_DATA' } },
      `not seen: after 7m, alarm slow has no data; ${NUMBERS}`,
    ],
    [
      'alarms that a person let ring',
      { alarms: 2, lifted: ['slow'] },
      undefined,
      'rang all the time, as a person had let it: slow',
    ],
    ['that there was nothing to see', { alarms: 0 }, undefined, 'nothing of it was new'],
  ])('%s', (_, output, watched, detail) => {
    expect(told(output, watched)).toBe(detail)
  })
})

test('a watch that goes on is told with the alarms that ring, or say nothing', () => {
  const alarms = { slow: 'ALARM', ill: 'INSUFFICIENT_DATA', old: 'gone', well: 'OK' }
  expect(told(undefined, { ...seen, alarms })).toBe(
    `${NUMBERS}, alarm slow rings, alarm ill has no data, alarm old is gone`,
  )
})
