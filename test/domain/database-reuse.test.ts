import { expect, test } from 'vitest'
import { type EarlierMigration, standingMigration } from '../../domain/database-reuse.ts'

const migrated = (attempt: number, more: Partial<EarlierMigration> = {}): EarlierMigration => ({
  ...{ attempt, end: 'succeeded', down: undefined, hasSameBase: true },
  ...more,
})

test.each<[string, EarlierMigration[], number | undefined]>([
  ['where no attempt has run one, none stands', [], undefined],
  ['one that ended well stands', [migrated(1)], 1],
  ['one that failed does not', [migrated(1, { end: 'failed' })], undefined],
  ['one whose end is not known does not', [migrated(1, { end: 'unknown' })], undefined],
  ['one that nobody has seen to end does not', [migrated(1, { end: undefined })], undefined],
  ['the last one counts', [migrated(2, { end: 'failed' }), migrated(1)], undefined],
  ['in whichever order they come', [migrated(1, { end: 'failed' }), migrated(2)], 2],
  ['one that never ran counts for nothing', [migrated(1), migrated(2, { end: 'never-started' })], 1],
  ['one that was undone does not stand', [migrated(1, { down: 'succeeded' })], undefined],
  ['nor one that was undone in part', [migrated(1, { down: 'failed' })], undefined],
  ['one that was to be undone by what never ran stands', [migrated(1, { down: 'never-started' })], 1],
  ['one of another task definition does not', [migrated(1, { hasSameBase: false })], undefined],
])('of the migrations of earlier attempts, %s', (_, earlier, stands) => {
  expect(standingMigration(earlier)).toBe(stands)
})
