import { describe, expect, test } from 'vitest'
import { type Freeze, freezes, frozen } from '../../domain/freeze.ts'

const written = (change: Partial<Freeze>): Freeze => ({
  from: 'Fri 16:00',
  until: 'Mon 08:00',
  because: 'nobody is here at the weekend',
  ...change,
})
const WEEKEND = written({ zone: 'Europe/Berlin' })
const LUNCH = written({ from: 'Wed 12:00', until: 'Wed 13:00' })
const HOLIDAYS = written({ from: '2026-12-23T18:00:00+01:00', until: '2027-01-02T08:00:00+01:00' })

describe('a stage is frozen', () => {
  test.each<[string, Freeze, string, boolean]>([
    ['until a weekly freeze begins: not', WEEKEND, '2026-11-20T14:59:59Z', false],
    ['from the minute on in which it begins, by the clocks of its zone', WEEKEND, '2026-11-20T15:00:00Z', true],
    ['over the end of the week', WEEKEND, '2026-11-22T23:30:00Z', true],
    ['to the last second of it', WEEKEND, '2026-11-23T06:59:59Z', true],
    ['and no longer', WEEKEND, '2026-11-23T07:00:00Z', false],
    ['an hour earlier by UTC in summer', WEEKEND, '2026-07-03T14:00:00Z', true],
    ['at no other time of that day', LUNCH, '2026-11-18T11:59:00Z', false],
    ['by UTC where no zone is named', LUNCH, '2026-11-18T12:00:00Z', true],
    ['for an hour within a day', LUNCH, '2026-11-18T13:00:00Z', false],
    ['on no other day', LUNCH, '2026-11-19T12:30:00Z', false],
    ['before its first day: not', HOLIDAYS, '2026-12-23T16:59:59Z', false],
    ['from its first moment on', HOLIDAYS, '2026-12-23T17:00:00Z', true],
    ['until its last', HOLIDAYS, '2027-01-02T06:59:59Z', true],
    ['and then never again', HOLIDAYS, '2027-12-24T12:00:00Z', false],
  ])('%s', (_, freeze, at, isFrozen) => {
    expect(frozen([freeze], Date.parse(at)).length > 0).toBe(isFrozen)
  })

  test.each<[string, Freeze, string, string]>([
    ['a day of the week and its zone', WEEKEND, '2026-11-21T12:00:00Z', 'Mon 08:00 (Europe/Berlin)'],
    ['UTC where it names none', LUNCH, '2026-11-18T12:30:00Z', 'Wed 13:00 (UTC)'],
    ['a date as its author wrote it', HOLIDAYS, '2026-12-24T12:00:00Z', 'Sat 2 January 2027, 08:00 (UTC+01:00)'],
  ])('until %s', (_, freeze, at, until) => {
    expect(frozen([freeze], Date.parse(at))).toEqual([{ until, because: 'nobody is here at the weekend' }])
  })

  test('by every freeze that holds then', () => {
    expect(frozen([WEEKEND, LUNCH, HOLIDAYS], Date.parse('2026-12-26T12:00:00Z'))).toHaveLength(2)
    expect(frozen([], 0)).toEqual([])
  })
})

describe('a freeze is written', () => {
  test.each<[string, Partial<Freeze>]>([
    ['for every week', {}],
    ['for a day of every week', { from: 'Wed 12:00', until: 'Wed 13:00', zone: 'America/New_York' }],
    ['over the end of a week', { from: 'Sun 23:00', until: 'Mon 01:00' }],
    ['from a date to another', { from: '2026-12-23T18:00:00+01:00', until: '2027-01-02T08:00Z' }],
  ])('%s', (_, change) => {
    expect(freezes.safeParse([written(change)]).success).toBe(true)
  })

  test.each<[string, Partial<Freeze>, string, string]>([
    ['as no time at all', { from: 'friday' }, 'from', 'is no time; write it like'],
    ['at an hour that no day has', { from: 'Fri 24:00' }, 'from', 'is no time; write it like'],
    ['without its distance from UTC', { from: '2026-12-23T18:00:00' }, 'from', 'is no time; write it like'],
    [
      'on a day that no month has',
      { from: '2027-02-30T18:00:00Z', until: '2027-03-30T18:00:00Z' },
      'from',
      'is not on the calendar; correct it',
    ],
    [
      'at an hour that the calendar has not',
      { from: '2027-02-20T25:00:00Z', until: '2027-03-30T18:00:00Z' },
      'from',
      'is not on the calendar; correct it',
    ],
    ['half as a date', { until: '2027-01-02T08:00:00Z' }, 'until', 'is written in another way than from'],
    [
      'backwards',
      { from: '2027-01-02T08:00:00Z', until: '2026-12-23T18:00:00Z' },
      'until',
      'is not after from; correct one of them',
    ],
    ['as no time of the week', { until: 'Fri 16:00' }, 'until', 'is not after from; correct one of them'],
    ['in a zone that nobody knows', { zone: 'Europe/Bonn' }, 'zone', 'is no time zone; write one like Europe/Berlin'],
    [
      'with a zone beside dates',
      { from: '2026-12-23T18:00:00Z', until: '2027-01-02T08:00:00Z', zone: 'UTC' },
      'zone',
      'stands beside dates, which say their own distance from UTC; take it out',
    ],
  ])('%s: refused', (_, change, field, remedy) => {
    const { error } = freezes.safeParse([written(change)])
    expect(error?.issues).toMatchObject([{ path: [0, field], message: expect.stringContaining(remedy) }])
  })
})
