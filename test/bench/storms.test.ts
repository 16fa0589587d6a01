import { describe, expect, test } from 'vitest'
import { amissAfter } from '../../cli/rehearsing/scenarios/storms.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { releaseEntry } from '../../functions/aws/ledger.ts'

/** A release of a storm: its place in the order of pushes, how it ended, and when. */
function ended(
  order: number,
  outcome: Outcome,
  { at = order, reason = '' } = {},
): Parameters<typeof amissAfter>[0][number] {
  const entry = { app: 'demo', release: idOf(order), attempt: 1, tag: `v${order}`, digests: {}, order }
  return { ...releaseEntry.parse(entry), end: { outcome, reason, at } }
}

const idOf = (order: number) => String(order).padStart(12, '0')
const gaveWay = (order: number, to: number) =>
  ended(order, 'superseded', { reason: `release ${idOf(to)} came first at staging; nothing was changed` })

describe('after a storm of pushes', () => {
  test.each([
    {
      what: 'the first and the newest are released, and those between name the one that they gave way to',
      releases: [ended(1, 'released'), gaveWay(2, 3), gaveWay(3, 4), ended(4, 'released')],
      amiss: [],
    },
    {
      what: 'an older one was released after the newest',
      releases: [ended(1, 'released', { at: 9 }), ended(2, 'released')],
      amiss: ['the newest is v2, and the last to be released v1'],
    },
    {
      what: 'the newest gave way',
      releases: [ended(1, 'released'), gaveWay(2, 1)],
      amiss: ['the newest is v2, and the last to be released v1'],
    },
    {
      what: 'more than three were released',
      releases: [1, 2, 3, 4].map(order => ended(order, 'released')),
      amiss: ['4 releases ran to the end'],
    },
    {
      what: 'one does not say to which it gave way',
      releases: [ended(1, 'superseded', { reason: 'a newer release came first' }), ended(2, 'released')],
      amiss: ['v1 does not say by which it was superseded: a newer release came first'],
    },
    {
      what: 'one failed',
      releases: [ended(1, 'failed', { reason: 'throttled' }), ended(2, 'released')],
      amiss: ['v1 ended failed: throttled'],
    },
  ])('$what', ({ releases, amiss }) => {
    expect(amissAfter(releases)).toEqual(amiss)
  })
})
