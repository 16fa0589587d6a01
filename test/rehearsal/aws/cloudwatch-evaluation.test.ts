import { describe, expect, test } from 'vitest'
import { type Criteria, judge, rangeOf } from '../../../rehearsal/aws/cloudwatch/evaluation.ts'

const POINTS: Record<string, boolean | undefined> = { X: true, '0': false, '-': undefined }
const pointsOf = (row: string) => row.split(' ').map(point => POINTS[point])

const SAME = 'as-it-is'
const UNKNOWN = 'INSUFFICIENT_DATA'
type Row = [points: string, missing: string, ignore: string, breaching: string, notBreaching: string]

const check = (toAlarm: number, [row, ...expected]: Row) => {
  const judged = (['missing', 'ignore', 'breaching', 'notBreaching'] as const).map(treatMissing => {
    const criteria: Criteria = { periods: 3, toAlarm, treatMissing }
    return judge(pointsOf(row), criteria)
  })
  expect(judged).toEqual(expected)
}

test('for three points CloudWatch looks back over five periods', () => {
  expect(rangeOf(3)).toBe(5)
})

describe('where three of three points must breach', () => {
  test.for<Row>([
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', UNKNOWN, SAME, 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', SAME, 'ALARM', 'OK'],
    ['- - - - X', 'OK', SAME, 'ALARM', 'OK'],
    ['- - - X -', 'OK', SAME, 'ALARM', 'OK'],
    ['- - - X 0', 'OK', 'OK', 'OK', 'OK'],
    ['X X X X 0', 'OK', 'OK', 'OK', 'OK'],
  ])('%s', row => check(3, row))
})

describe('where two of three points must breach', () => {
  test.for<Row>([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', SAME, 'ALARM', 'OK'],
    ['- - - X X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ])('%s', row => check(2, row))
})

describe('where one point decides', () => {
  test.for([
    ['X - -', 'ALARM'],
    ['- 0 X', 'ALARM'],
    ['X 0 -', 'OK'],
  ] as const)('%s is %s', ([row, expected]) => {
    expect(judge(pointsOf(row), { periods: 1, toAlarm: 1, treatMissing: 'notBreaching' })).toBe(expected)
  })
})
