import type { StateValue } from '@aws-sdk/client-cloudwatch'
import { expect, test } from 'vitest'
import { readRule } from '../../../rehearsal/aws/cloudwatch/rule.ts'

const STATES: Record<string, StateValue> = {
  bad: 'ALARM',
  good: 'OK',
  unknown: 'INSUFFICIENT_DATA',
  'too slow': 'ALARM',
}

test.for<[rule: string, holds: boolean]>([
  ['ALARM(bad)', true],
  ['ALARM( good )', false],
  ['OK(good) AND INSUFFICIENT_DATA(unknown)', true],
  ['ALARM("too slow")', true],
  ['NOT ALARM(bad)', false],
  ['NOT NOT ALARM(bad)', true],
  ['NOT (ALARM(bad) AND OK(bad))', true],
  ['TRUE', true],
  ['FALSE OR ALARM(bad)', true],
  ['TRUE OR TRUE AND FALSE', true],
  ['(TRUE OR TRUE) AND FALSE', false],
  ['NOT FALSE AND FALSE', false],
  ['(ALARM(bad) OR ALARM(good)) AND OK(unknown)', false],
])('%s is %s', ([rule, holds]) => {
  expect(readRule(rule).holds(name => STATES[name])).toBe(holds)
})

test('a rule names each of its alarms once, quoted or not', () => {
  const arn = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:c d'
  expect(readRule(`ALARM(a) OR ALARM("a") AND NOT OK(b) OR ALARM("${arn}")`).children).toEqual(['a', 'b', arn])
  expect(readRule('ALARM("say \\"no\\"")').children).toEqual(['say "no"'])
})

test.for([
  ['', 'ends where a condition'],
  ['ALARM(a) AND', 'ends where a condition'],
  ['ALARM(a', 'ends where )'],
  ['ALARM a', '( is missing before a'],
  ['BROKEN(a)', 'BROKEN is not a condition'],
  ['ALARM(a) ALARM(b)', 'nothing may follow the rule, but ALARM does'],
  ['ALARM(a b)', ') is missing before b'],
  ['ALARM("a)', 'cannot read'],
])('%s cannot be read', ([rule = '', message = '']) => {
  expect(() => readRule(rule)).toThrow(message)
})
