import { describe, expect, test } from 'vitest'
import { whyUntrusted } from '../../../cli/doctor/roles.ts'
import { handed } from './handed.ts'

const ECS = 'ecs.amazonaws.com'
const allow = (more: object) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', ...more })
const trusted = allow({ Principal: { Service: ECS } })

test.each<[what: string, trust: unknown, may: boolean]>([
  ['ECS alone', { Statement: [allow({ Principal: { Service: ECS } })] }, true],
  ['ECS among others', { Statement: [allow({ Principal: { Service: ['lambda.amazonaws.com', ECS] } })] }, true],
  ['ECS, in a statement that stands alone', { Statement: allow({ Principal: { Service: ECS } }) }, true],
  ['whoever asks', { Statement: [allow({ Principal: '*' })] }, true],
  ['ECS for all of STS', { Statement: [allow({ Action: ['sts:*'], Principal: { Service: ECS } })] }, true],
  ['the tasks of ECS', { Statement: [allow({ Principal: { Service: 'ecs-tasks.amazonaws.com' } })] }, false],
  ['ECS to tag its sessions', { Statement: [allow({ Action: 'sts:TagSession', Principal: { Service: ECS } })] }, false],
  ['ECS not', { Statement: [{ ...allow({ Principal: { Service: ECS } }), Effect: 'Deny' }] }, false],
  ['an account', { Statement: [allow({ Principal: { AWS: 'arn:aws:iam::111122223333:root' } })] }, false],
  ['nobody', {}, false],
  ['ECS, and denies itself to all', { Statement: [trusted, { ...allow({ Principal: '*' }), Effect: 'Deny' }] }, false],
  [
    'ECS, and denies itself to all but Lambda',
    { Statement: [trusted, { ...allow({ NotPrincipal: { Service: 'lambda.amazonaws.com' } }), Effect: 'Deny' }] },
    false,
  ],
  [
    'ECS, and denies itself to all but ECS',
    { Statement: [trusted, { ...allow({ NotPrincipal: { Service: ECS } }), Effect: 'Deny' }] },
    true,
  ],
  [
    'ECS, and denies itself on a condition',
    { Statement: [trusted, { ...allow({ Principal: '*', Condition: { Bool: {} } }), Effect: 'Deny' }] },
    true,
  ],
])('a role that trusts %s is assumed by ECS or not', (_, trust, may) => {
  expect(whyUntrusted('shop', trust, ECS) === undefined).toBe(may)
})

describe('a role that does not trust ECS', () => {
  const batch = allow({ Principal: { Service: ['ec2.amazonaws.com'], AWS: 'arn:aws:iam::111122223333:role/batch' } })

  test.each<[what: string, trust: { Statement: object | object[] }]>([
    ['several', { Statement: [batch, { ...batch, Sid: "Ana's" }] }],
    ['one, in no list', { Statement: batch }],
    ['one, by an older language', { Version: '2008-10-17', Statement: [batch] } as { Statement: object[] }],
  ])('is told to trust it beside those whom it trusts: %s', (_, trust) => {
    const policy = handed(whyUntrusted('shop', trust, ECS)?.command, 'policy-document')
    expect(policy).toEqual({ ...trust, Statement: [...[trust.Statement].flat(), trusted] })
    expect(whyUntrusted('shop', policy, ECS)).toBeUndefined()
  })

  test('since it denies itself to it needs another hand than one that adds', () => {
    const lack = whyUntrusted('shop', { Statement: [trusted, { ...trusted, Effect: 'Deny' }] }, ECS)
    expect(lack).toEqual({
      found: 'denies itself to ecs.amazonaws.com: ECS could not act with it',
      remedy: 'except ECS from the Deny in its trust policy',
    })
  })
})
