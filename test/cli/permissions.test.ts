import { expect, test } from 'vitest'
import type { Grant } from '../../cli/permissions/grants.ts'
import { reportLines } from '../../cli/permissions/lines.ts'
import { caughtIn, mutationsOf } from '../../cli/permissions/mutations.ts'
import type { Told } from '../../cli/permissions/told.ts'
import { passes, type Rehearsed, verdictsOn } from '../../cli/permissions/verdicts.ts'
import { PLAIN } from '../../cli/view/style.ts'

const WAKE = 'arn:aws:iam::111122223333:role/Sluice-Wake-1'
const PAGES = 'arn:aws:iam::111122223333:role/Sluice-Pages-1'

const grant = (action: string, more: Partial<Grant> = {}): Grant => ({
  ...{ principal: WAKE, role: 'Wake', action, resources: ['arn:of:table'], because: [] },
  ...more,
})
const use = (action: string, principal = WAKE, times = 1) => ({ principal, action, times })

/** A rehearsal in which Wake may read one table, and did nothing. */
function rehearsed(told: Partial<Told> = {}, scenario = 'release'): Rehearsed {
  return {
    run: { file: 'apps/demo.yaml', scenario },
    told: { seconds: 5, misses: [], grants: [grant('dynamodb:GetItem')], used: [], denied: [], ...told },
  }
}

const denial = { principal: WAKE, action: 'sns:Publish', resource: 'arn:of:topic', because: 'because', times: 1 }

test.for<[because: string, all: Rehearsed[], verdicts: string[], good: number]>([
  ['what is used passes', [rehearsed({ used: [use('dynamodb:GetItem')] })], ['used dynamodb:GetItem'], 1],
  ['however its name is written', [rehearsed({ used: [use('DynamoDB:getItem')] })], ['used dynamodb:GetItem'], 1],
  [
    'one rehearsal that uses it is enough',
    [rehearsed(), rehearsed({ used: [use('dynamodb:GetItem')] })],
    ['used dynamodb:GetItem'],
    1,
  ],
  [
    "another role's use is none",
    [rehearsed({ used: [use('dynamodb:GetItem', PAGES)] })],
    ['unexplained dynamodb:GetItem'],
    0,
  ],
  ['what nobody uses or explains fails', [rehearsed()], ['unexplained dynamodb:GetItem'], 0],
  [
    'what nobody uses stays for a reason',
    [rehearsed({ grants: [grant('dynamodb:GetItem', { unused: 'in a race alone' })] })],
    ['explained dynamodb:GetItem'],
    1,
  ],
  [
    'a reason that one kind of application gives holds for the others',
    [rehearsed(), rehearsed({ grants: [grant('dynamodb:GetItem', { unused: 'in a race alone' })] })],
    ['explained dynamodb:GetItem'],
    1,
  ],
  [
    'what is missing comes first, and fails',
    [rehearsed({ used: [use('dynamodb:GetItem')], denied: [denial], misses: ['Wake may not …'] })],
    ['missing sns:Publish', 'used dynamodb:GetItem'],
    1,
  ],
])('%s', ([, all, verdicts, good]) => {
  const judged = verdictsOn(all)
  expect(judged.map(({ kind, action }) => `${kind} ${action}`)).toEqual(verdicts)
  expect(judged.filter(passes)).toHaveLength(good)
})

test('the report says what is missing, what failed, and why a pattern names resources', () => {
  const all = [
    rehearsed({ denied: [denial], misses: ['Wake may not sns:Publish'] }),
    rehearsed({ misses: ['locks left: 1, not 0'] }, 'freeze'),
    rehearsed({
      grants: [
        grant('lambda:InvokeFunction', { resources: ['arn:of:step:*'], because: ['each execution has its version'] }),
      ],
      used: [use('lambda:InvokeFunction', WAKE, 7)],
    }),
  ]
  expect(reportLines(verdictsOn(all), all, PLAIN)).toEqual([
    'missing',
    '  ✗ Wake may not sns:Publish on arn:of:topic, because (apps/demo.yaml, release)',
    '',
    'rehearsals that did not go as they should',
    '  ✗ apps/demo.yaml, freeze: locks left: 1, not 0',
    '',
    'Wake',
    '  ✗ dynamodb:GetItem, not used, and nothing says why it stays: take it out, or say in `unused` of its statement',
    '  ✓ lambda:InvokeFunction, used 7 times',
    '      arn:of:step:*: each execution has its version',
    '',
  ])
})

test('each used action is taken out once, in the quickest rehearsal that used it', () => {
  const slow = rehearsed({ seconds: 9, used: [use('dynamodb:GetItem'), use('dynamodb:Query')] }, 'slow')
  const quick = rehearsed({ seconds: 2, used: [use('dynamodb:GetItem')] }, 'quick')
  const mutations = mutationsOf([slow, quick])
  expect(mutations.map(({ role, action, run }) => [role, action, run.scenario])).toEqual([
    ['Wake', 'dynamodb:GetItem', 'quick'],
    ['Wake', 'dynamodb:Query', 'slow'],
  ])
  expect(mutations[0]?.run.forbidden).toEqual({ principal: WAKE, action: 'dynamodb:GetItem' })
  expect(mutationsOf([slow, quick], 'Pages')).toEqual([])
})

test.for<[because: string, misses: string[], kind: 'caught' | 'unnoticed']>([
  ['is caught where the first word names both', ['Sluice-Wake-1 may not dynamodb:GetItem on arn:of:table'], 'caught'],
  ['is not where the rehearsal went well', [], 'unnoticed'],
  ['is not where another role was named', ['Sluice-Pages-1 may not dynamodb:GetItem on arn:of:table'], 'unnoticed'],
  ['is not where the rehearsal failed otherwise', ['outcome: failed, not released'], 'unnoticed'],
])('a removed action %s', ([, misses, kind]) => {
  const [mutation] = mutationsOf([rehearsed({ used: [use('dynamodb:GetItem')] })])
  expect(mutation && caughtIn(mutation, { misses }).kind).toBe(kind)
})
