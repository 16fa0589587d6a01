import { expect, test } from 'vitest'
import type { Grant, Reason } from '../../cli/permissions/grants.ts'
import { reportLines } from '../../cli/permissions/lines.ts'
import { caughtIn, mutationsOf } from '../../cli/permissions/mutations.ts'
import type { Told, Use } from '../../cli/permissions/told.ts'
import { passes, type Rehearsed, verdictsOn } from '../../cli/permissions/verdicts.ts'
import { PLAIN } from '../../cli/view/style.ts'

const WAKE = 'arn:aws:iam::111122223333:role/Sluice-Wake-1'
const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/releases'
const PAGES = 'arn:aws:iam::111122223333:role/Sluice-Pages-1'

const grant = (action: string, more: Partial<Grant> = {}): Grant => ({
  ...{ principal: WAKE, role: 'Wake', action, statement: 'first', condition: '' },
  ...{ resources: [TABLE], because: [] },
  ...more,
})
const use = (action: string, more: Partial<Use> = {}): Use => ({
  ...{ principal: WAKE, action, statement: 'first', times: 1 },
  ...more,
})
const reason = (action: string, why = 'in a race alone', more: Partial<Reason> = {}): Reason => ({
  ...{ principal: WAKE, role: 'Wake', action, why },
  ...more,
})

/** Wake may pass roles to tasks, and other roles to ECS itself. */
const PASSES = [
  grant('iam:PassRole', { condition: 'to tasks', statement: 'first' }),
  grant('iam:PassRole', { condition: 'to ecs', statement: 'second' }),
]

/** A rehearsal in which Wake may read one table, and did nothing. */
function rehearsed(told: Partial<Told> = {}, scenario = 'release'): Rehearsed {
  return {
    run: { file: 'apps/demo.yaml', scenario },
    told: { seconds: 5, misses: [], grants: [grant('dynamodb:GetItem')], reasons: [], used: [], denied: [], ...told },
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
    [rehearsed({ used: [use('dynamodb:GetItem', { principal: PAGES })] })],
    ['unexplained dynamodb:GetItem'],
    0,
  ],
  ['what nobody uses or explains fails', [rehearsed()], ['unexplained dynamodb:GetItem'], 0],
  [
    'what nobody uses stays for a reason',
    [rehearsed({ reasons: [reason('dynamodb:GetItem')] })],
    ['explained dynamodb:GetItem'],
    1,
  ],
  [
    'a reason that one kind of application gives holds for the others',
    [rehearsed(), rehearsed({ reasons: [reason('dynamodb:GetItem')] })],
    ['explained dynamodb:GetItem'],
    1,
  ],
  [
    'what is used in one statement is not yet used in the other',
    [rehearsed({ grants: PASSES, used: [use('iam:PassRole', { statement: 'second' })] })],
    ['unexplained iam:PassRole to tasks', 'used iam:PassRole to ecs'],
    1,
  ],
  [
    'the same on resources of another kind is judged by itself',
    [
      rehearsed({
        grants: [grant('s3:GetObject'), grant('s3:GetObject', { resources: ['*'], statement: 'second' })],
        used: [use('s3:GetObject')],
      }),
    ],
    ['used s3:GetObject', 'unexplained s3:GetObject'],
    1,
  ],
  [
    'the same on other resources of this kind is not',
    [
      rehearsed({ grants: [grant('s3:GetObject', { resources: [`${TABLE}-of-another`] })] }),
      rehearsed({ grants: [grant('s3:GetObject')], used: [use('s3:GetObject')] }),
    ],
    ['used s3:GetObject'],
    1,
  ],
  [
    'a reason for one statement is none for the other',
    [rehearsed({ grants: PASSES, reasons: [reason('iam:PassRole', 'no hooks', { condition: 'to ecs' })] })],
    ['unexplained iam:PassRole to tasks', 'explained iam:PassRole to ecs'],
    1,
  ],
  [
    'a reason for what was used fails',
    [rehearsed({ used: [use('dynamodb:GetItem')], reasons: [reason('dynamodb:GetItem')] })],
    ['untrue dynamodb:GetItem', 'used dynamodb:GetItem'],
    1,
  ],
  [
    'a reason that names a moment holds, whether rehearsals hit it or not',
    [
      rehearsed({
        ...{ grants: [grant('dynamodb:GetItem'), grant('dynamodb:Query')], used: [use('dynamodb:GetItem')] },
        reasons: ['dynamodb:GetItem', 'dynamodb:Query'].map(action =>
          reason(action, 'in a race', { isOfMoment: true }),
        ),
      }),
    ],
    ['used dynamodb:GetItem', 'explained dynamodb:Query'],
    2,
  ],
  [
    'a reason for two statements holds for as long as one of them is not used',
    [rehearsed({ grants: PASSES, used: [use('iam:PassRole')], reasons: [reason('iam:PassRole')] })],
    ['used iam:PassRole to tasks', 'explained iam:PassRole to ecs'],
    2,
  ],
  [
    'a blank reason fails, and explains nothing',
    [rehearsed({ reasons: [reason('dynamodb:GetItem', ' ')] })],
    ['untrue dynamodb:GetItem', 'unexplained dynamodb:GetItem'],
    0,
  ],
  [
    'a reason for what is not granted fails',
    [rehearsed({ used: [use('dynamodb:GetItem')], reasons: [reason('iam:PassRole')] })],
    ['untrue iam:PassRole', 'used dynamodb:GetItem'],
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
  const said = judged.map(verdict =>
    [verdict.kind, verdict.action, 'condition' in verdict && verdict.condition].filter(Boolean).join(' '),
  )
  expect(said).toEqual(verdicts)
  expect(judged.filter(passes)).toHaveLength(good)
})

test('where not all was rehearsed, a reason for what was not granted may hold elsewhere', () => {
  const told = rehearsed({ used: [use('dynamodb:GetItem')], reasons: [reason('iam:PassRole')] })
  expect(verdictsOn([told], { whole: false }).map(({ kind }) => kind)).toEqual(['used'])
})

test('the report says what is missing, what failed, and why a pattern names resources', () => {
  const all = [
    rehearsed({ denied: [denial], misses: ['Wake may not sns:Publish'] }),
    rehearsed({ misses: ['locks left: 1, not 0'] }, 'freeze'),
    rehearsed({
      grants: [
        grant('lambda:InvokeFunction', { resources: ['arn:of:step:*'], because: ['each execution has its version'] }),
        grant('iam:PassRole', { resources: ['arn:of:role:*'], condition: 'to tasks', because: ['roles of tasks'] }),
      ],
      reasons: [reason('lambda:InvokeFunction'), reason('iam:PassRole', 'no task has a role')],
      used: [use('lambda:InvokeFunction', { times: 7 })],
    }),
  ]
  expect(reportLines(verdictsOn(all), all, PLAIN)).toEqual([
    'missing',
    '  ✗ Wake may not sns:Publish on arn:of:topic, because (apps/demo.yaml, release)',
    '',
    'reasons that do not hold',
    '  ✗ Wake lambda:InvokeFunction, “in a race alone”: it was used 7 times; correct `unused`, or take it out',
    '',
    'rehearsals that did not go as they should',
    '  ✗ apps/demo.yaml, freeze: locks left: 1, not 0',
    '',
    'Wake',
    '  ✗ dynamodb:GetItem, not used, and nothing says why it stays: take it out, or say in `unused` of its statement',
    '  ✓ lambda:InvokeFunction, used 7 times',
    '      arn:of:step:*: each execution has its version',
    '  ✓ iam:PassRole, not used: no task has a role',
    '      arn:of:role:* (to tasks): roles of tasks',
    '',
  ])
})

test('each used action is taken out once, in the quickest rehearsal that used it', () => {
  const grants = [grant('dynamodb:GetItem'), grant('dynamodb:Query')]
  const slow = rehearsed({ seconds: 9, grants, used: [use('dynamodb:GetItem'), use('dynamodb:Query')] }, 'slow')
  const quick = rehearsed({ seconds: 2, used: [use('dynamodb:GetItem')] }, 'quick')
  const mutations = mutationsOf([slow, quick])
  expect(mutations.map(({ role, action, run }) => [role, action, run.scenario])).toEqual([
    ['Wake', 'dynamodb:GetItem', 'quick'],
    ['Wake', 'dynamodb:Query', 'slow'],
  ])
  expect(mutations[0]?.run.forbidden).toEqual({ principal: WAKE, action: 'dynamodb:GetItem', statement: 'first' })
  expect(mutationsOf([slow, quick], 'Pages')).toEqual([])
})

test('an action that was used in two statements is taken out of one at a time', () => {
  const used = [use('iam:PassRole'), use('iam:PassRole', { statement: 'second' })]
  const mutations = mutationsOf([rehearsed({ grants: PASSES, used })])
  expect(mutations.map(({ condition, run }) => [condition, run.forbidden?.statement])).toEqual([
    ['to tasks', 'first'],
    ['to ecs', 'second'],
  ])
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
