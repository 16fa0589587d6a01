import { describe, expect, test } from 'vitest'
import type { Answers } from '../../domain/answers.ts'
import {
  judgeWatch,
  ringingOf,
  ringingTold,
  type SeenAlarm,
  type SeenAnswers,
  type Watch,
  type WatchDecision,
  type WatchFacts,
  watch,
} from '../../domain/watch.ts'

const MINUTE = 60_000
const SINCE = 1_000 * MINUTE
const RULES: Watch = watch.parse({
  for: '15m',
  alarms: ['slow'],
  errorRate: { above: '10%', atLeast: 100 },
  extend: '5m',
})
const alarm = (change: Partial<SeenAlarm> = {}): SeenAlarm => ({
  name: 'slow',
  state: 'OK',
  reason: 'Threshold Crossed.',
  since: SINCE - MINUTE,
  ...change,
})
const answers = (requests: number, errors: number, latest: Partial<Answers> = {}): SeenAnswers => ({
  ...{ service: 'demo-api', requests, errors, lost: 0 },
  latest: { requests: 0, errors: 0, lost: 0, ...latest },
})
const QUIET: WatchFacts = { alarms: [alarm()], lifted: {}, answers: [answers(400, 40)], unseen: [] }

describe('a new version that has its users', () => {
  type Row = [string, Partial<WatchFacts>, number, WatchDecision['kind']]
  test.each<Row>([
    ['is watched while all is quiet', {}, 0, 'watching'],
    ['is watched until the last moment', {}, 15 * MINUTE - 1, 'watching'],
    ['has stood the watch then', {}, 15 * MINUTE, 'clear'],
    ['fails as soon as an alarm rings', { alarms: [alarm({ state: 'ALARM' })] }, 0, 'failed'],
    ['fails for an alarm at the very end', { alarms: [alarm({ state: 'ALARM' })] }, 15 * MINUTE, 'failed'],
    [
      'may go on under an alarm that was let pass and has rung ever since',
      { alarms: [alarm({ state: 'ALARM' })], lifted: { slow: SINCE - MINUTE } },
      15 * MINUTE,
      'clear',
    ],
    [
      'fails for an alarm that was let pass, went quiet and rings again',
      { alarms: [alarm({ state: 'ALARM', since: SINCE + 1 })], lifted: { slow: SINCE - MINUTE } },
      MINUTE,
      'failed',
    ],
    ['may answer as many errors as the file allows', { answers: [answers(400, 40)] }, 15 * MINUTE, 'clear'],
    ['fails for one error more, at once', { answers: [answers(400, 41)] }, 0, 'failed'],
    ['is not judged by fewer requests than are asked for', { answers: [answers(99, 99)] }, MINUTE, 'watching'],
    ['is judged by just as many', { answers: [answers(100, 99)] }, MINUTE, 'failed'],
    ['is watched longer where there was too little to see', { answers: [answers(99, 0)] }, 15 * MINUTE, 'watching'],
    ['is not watched for ever', { answers: [answers(99, 0)] }, 20 * MINUTE, 'unclear'],
    [
      'has stood the watch as soon as there was enough to see',
      { answers: [answers(100, 0)] },
      15 * MINUTE + 1,
      'clear',
    ],
    [
      'is not clear while an alarm has no data',
      { alarms: [alarm({ state: 'INSUFFICIENT_DATA' })] },
      15 * MINUTE,
      'watching',
    ],
    [
      'is not clear where an alarm had none to the end',
      { alarms: [alarm({ state: 'INSUFFICIENT_DATA' })] },
      20 * MINUTE,
      'unclear',
    ],
    ['is not clear where an alarm has gone', { alarms: [alarm({ state: 'gone' })] }, 20 * MINUTE, 'unclear'],
    ['is not clear by a word that nobody knows', { alarms: [alarm({ state: 'MAYBE' })] }, 20 * MINUTE, 'unclear'],
    [
      'fails for errors, whatever else was not seen',
      { alarms: [alarm({ state: 'gone' })], answers: [answers(400, 400)] },
      20 * MINUTE,
      'failed',
    ],
    [
      'fails for its latest answers alone, however many were good before',
      { answers: [answers(400_000, 60, { requests: 500, errors: 60 })] },
      15 * MINUTE,
      'failed',
    ],
    [
      'is not judged by its latest answers where they are too few',
      { answers: [answers(400, 40, { requests: 99, errors: 40 })] },
      15 * MINUTE,
      'clear',
    ],
    ['is not clear where something was not seen', { unseen: ['nobody knows'] }, 15 * MINUTE, 'watching'],
    ['is never clear where it was not seen to the end', { unseen: ['nobody knows'] }, 20 * MINUTE, 'unclear'],
    ['is judged by its alarms where its answers cannot be counted', { answers: [] }, 15 * MINUTE, 'clear'],
  ])('%s', (_, change, passed, kind) => {
    expect(judgeWatch({ ...QUIET, ...change }, RULES, { now: SINCE + passed, since: SINCE }).kind).toBe(kind)
  })

  test.each([
    [3 * MINUTE, 'watching'],
    [4 * MINUTE, 'clear'],
  ])('has not stood a watch that is shorter than CloudWatch is late: %i ms', (passed, kind) => {
    const short = { ...RULES, for: MINUTE }
    expect(judgeWatch(QUIET, short, { now: SINCE + passed, since: SINCE }).kind).toBe(kind)
  })

  test('fails with all that speaks against it, in numbers', () => {
    const facts = {
      ...QUIET,
      alarms: [alarm({ state: 'ALARM', reason: 'p95 was 2.4 s.' })],
      answers: [answers(412, 136)],
    }
    expect(judgeWatch(facts, RULES, { now: SINCE, since: SINCE })).toEqual({
      kind: 'failed',
      because: 'alarm slow rings: p95 was 2.4 s; demo-api: 33.0 % of 412 answers were errors, more than 10 %',
    })
  })

  test.each([
    [answers(1_000, 999), '99.9 % of 1000 answers were errors'],
    [answers(10_000, 1_004), '10.04 % of 10000 answers were errors, more than 10 %'],
    [{ ...answers(412, 136), lost: 130 }, '33.0 % of 412 answers were errors (130 never came), more than 10 %'],
    [
      answers(4_000, 60, { requests: 500, errors: 60 }),
      'demo-api: 12.0 % of 500 answers of the latest 5m were errors, more than 10 %',
    ],
  ])('fails with as many digits as it takes, and with what kind of errors they were: %#', (seen, said) => {
    expect(judgeWatch({ ...QUIET, answers: [seen] }, RULES, { now: SINCE, since: SINCE })).toMatchObject({
      because: expect.stringContaining(said),
    })
  })

  const unseen = { ...QUIET, alarms: [alarm({ state: 'INSUFFICIENT_DATA' })], answers: [answers(12, 0)] }
  const because =
    'after 20m, alarm slow has no data; demo-api has answered 12 of the 100 requests that its errors are judged by'
  const atTheEnd = { now: SINCE + 20 * MINUTE, since: SINCE }

  test('that could not be seen goes on, and what could not be seen is said', () => {
    expect(judgeWatch(unseen, RULES, atTheEnd)).toEqual({ kind: 'unclear', because })
  })

  test('that could not be seen goes back, where the file says so', () => {
    expect(judgeWatch(unseen, { ...RULES, unclear: 'roll-back' }, atTheEnd)).toEqual({ kind: 'failed', because })
  })

  test('is told of while it is watched, too', () => {
    expect(judgeWatch(unseen, RULES, { now: SINCE, since: SINCE })).toMatchObject({
      unclear: ['alarm slow has no data', expect.stringContaining('12 of the 100')],
    })
  })

  test('without a limit of errors is judged by its alarms alone', () => {
    const { errorRate: _, ...alarmsOnly } = RULES
    const facts = { ...QUIET, answers: [answers(3, 3)] }
    expect(judgeWatch(facts, alarmsOnly, { now: SINCE + 15 * MINUTE, since: SINCE })).toEqual({ kind: 'clear' })
  })
})

describe('what rings', () => {
  test('is told by its name and by what CloudWatch says', () => {
    const ringing = [alarm({ state: 'ALARM' }), alarm({ name: 'errors', state: 'ALARM', reason: '' })]
    expect(ringingTold(ringing)).toBe('alarm slow rings: Threshold Crossed; alarm errors rings')
    expect(ringingTold([])).toBeUndefined()
  })

  test('is cut where CloudWatch says very much', () => {
    expect(ringingTold([alarm({ reason: 'x'.repeat(5_000) })])?.length).toBeLessThan(350)
  })

  test('is neither quiet nor without data, nor what was let pass', () => {
    const seen = ['OK', 'INSUFFICIENT_DATA', 'ALARM'].map(state => alarm({ name: state, state }))
    expect(ringingOf(seen, {}).map(({ name }) => name)).toEqual(['ALARM'])
    expect(ringingOf(seen, { ALARM: SINCE - MINUTE })).toEqual([])
  })
})

describe('a watch is written', () => {
  test.each([
    ['nothing to look at', { for: '5m' }, 'names nothing to look at; write alarms or errorRate'],
    ['an alarm twice', { for: '5m', alarms: ['a', 'a'] }, 'names an alarm twice; list it once'],
    ['a share of nothing', { for: '5m', errorRate: { above: '0%' } }, 'must be more than 0% and less than 100%'],
    ['no share', { for: '5m', errorRate: { above: 10 } }, 'is not a share; write it like 10%'],
    ['no limit', { for: '5m', errorRate: {} }, 'is missing; write it like 10%'],
    ['no length', { alarms: ['a'] }, 'is missing; write it like 90s, 15m or 24h'],
    ['a blank', { for: '5m', alarms: [' '] }, 'is no name of an alarm; write its name, as CloudWatch lists it'],
    [
      "an alarm's ARN",
      { for: '5m', alarms: ['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:slow'] },
      'is no name of an alarm; write its name, as CloudWatch lists it',
    ],
    [
      'too many alarms',
      { for: '5m', alarms: Array.from({ length: 21 }, (_, n) => `a${n}`) },
      'names more than 20 alarms; name a composite alarm over them',
    ],
  ])('with %s: refused', (_, written, remedy) => {
    expect(watch.safeParse(written).error?.issues.map(({ message }) => message)).toEqual([remedy])
  })

  test('as short as this, and has an end all the same', () => {
    expect(watch.parse({ for: '5m', errorRate: { above: '0.5%' } })).toEqual({
      ...{ for: 300_000, alarms: [], extend: 600_000, unclear: 'complete' },
      errorRate: { above: 0.5, atLeast: 100 },
    })
  })
})
