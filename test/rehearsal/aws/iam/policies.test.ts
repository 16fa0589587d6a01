// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are policy variables of IAM.
import { expect, test } from 'vitest'
import { Roles } from '../../../../rehearsal/aws/iam/roles.ts'
import type { Access } from '../../../../rehearsal/aws/service.ts'

const ARN = 'arn:aws:iam::111122223333:role/step'
const SERVICE = 'arn:aws:ecs:eu-west-1:111122223333:service/shop/api'
const CLUSTER = 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop'
const TASK_ROLE = 'arn:aws:iam::111122223333:role/api-task'

const ALLOW = { Effect: 'Allow', Action: 'ecs:UpdateService', Resource: SERVICE }
const UPDATE: Access = { action: 'ecs:UpdateService', resource: SERVICE, context: { 'ecs:cluster': CLUSTER } }

function rolesWith(...statements: object[]): Roles {
  const roles = new Roles()
  const documents = { trust: { Statement: [] }, policies: [{ Version: '2012-10-17', Statement: statements }] }
  roles.put({ arn: ARN, name: 'step', ...documents, managedPolicyArns: [] })
  return roles
}

const isAllowed = (wanted: Access, ...statements: object[]) =>
  rolesWith(...statements).judge(ARN, wanted).kind === 'allowed'

test.each<[string, object, boolean]>([
  ['the action on the resource', {}, true],
  ['the action in other letters', { Action: 'ECS:updateservice' }, true],
  ['several actions', { Action: ['ecs:RunTask', 'ecs:UpdateService'] }, true],
  ['all actions of the service', { Action: 'ecs:*' }, true],
  ['actions that begin alike', { Action: 'ecs:Update*' }, true],
  ['an action but for one letter', { Action: 'ecs:?pdateService' }, true],
  ['everything', { Action: '*', Resource: '*' }, true],
  ['another action', { Action: 'ecs:UpdateServicePrimaryTaskSet' }, false],
  ['an action that only begins so', { Action: 'ecs:Update' }, false],
  ['another service’s action of the same name', { Action: 'apprunner:UpdateService' }, false],
  ['several resources', { Resource: [CLUSTER, SERVICE] }, true],
  ['a pattern of resources', { Resource: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/*' }, true],
  ['a pattern in each part', { Resource: 'arn:aws:ecs:*:*:service/*/api' }, true],
  ['a pattern that would reach over an end of a part', { Resource: 'arn:aws:ecs:*:service/shop/api:*' }, false],
  ['another resource', { Resource: `${SERVICE}-other` }, false],
  ['a resource in other letters', { Resource: SERVICE.replace('api', 'Api') }, false],
  ['a dot, which is no pattern', { Resource: SERVICE.replace('api', '.pi') }, false],
])('a statement for %s', (_, more, expected) => {
  expect(isAllowed(UPDATE, { ...ALLOW, ...more })).toBe(expected)
})

test.each<[string, Record<string, Record<string, string | string[]>>, boolean]>([
  ['ArnEquals', { ArnEquals: { 'ecs:cluster': CLUSTER } }, true],
  ['ArnEquals of another', { ArnEquals: { 'ecs:cluster': `${CLUSTER}-other` } }, false],
  ['ArnLike', { ArnLike: { 'ecs:cluster': 'arn:aws:ecs:*:*:cluster/sh?p' } }, true],
  ['StringEquals, of one of several', { StringEquals: { 'ecs:cluster': ['other', CLUSTER] } }, true],
  ['StringEquals, which knows no patterns', { StringEquals: { 'ecs:cluster': '*' } }, false],
  ['StringLike', { StringLike: { 'ecs:cluster': '*/shop' } }, true],
  ['StringLike of another', { StringLike: { 'ecs:cluster': '*/shops' } }, false],
  ['Bool of something else', { Bool: { 'ecs:cluster': 'true' } }, false],
  ['a key in other letters', { ArnEquals: { 'ECS:Cluster': CLUSTER } }, true],
  ['a key that the request does not have', { StringEquals: { 'iam:PassedToService': 'ecs.amazonaws.com' } }, false],
  [
    'two conditions, of which one does not hold',
    { ArnEquals: { 'ecs:cluster': CLUSTER }, StringEquals: { 'ecs:CreateAction': 'RunTask' } },
    false,
  ],
])('the condition %s', (_, Condition, expected) => {
  expect(isAllowed(UPDATE, { ...ALLOW, Condition })).toBe(expected)
})

test('what nothing allows is denied, and what is denied stays denied', () => {
  const DENY = { ...ALLOW, Effect: 'Deny' }
  expect(rolesWith().judge(ARN, UPDATE)).toEqual({ kind: 'denied', explicitly: false })
  expect(rolesWith(DENY, ALLOW).judge(ARN, UPDATE)).toEqual({ kind: 'denied', explicitly: true })
  expect(rolesWith(ALLOW, DENY).judge(ARN, UPDATE)).toEqual({ kind: 'denied', explicitly: true })
  const elsewhere = { ...DENY, Condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } } }
  expect(isAllowed(UPDATE, ALLOW, elsewhere)).toBe(true)
})

test('a role is passed only to the service that it may be passed to', () => {
  const pass = (service?: string): Access => ({
    ...{ action: 'iam:PassRole', resource: TASK_ROLE },
    ...(service !== undefined && { context: { 'iam:PassedToService': service } }),
  })
  const Condition = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }
  const statement = { Effect: 'Allow', Action: 'iam:PassRole', Resource: TASK_ROLE, Condition }
  expect(isAllowed(pass('ecs-tasks.amazonaws.com'), statement)).toBe(true)
  expect(isAllowed(pass('ecs.amazonaws.com'), statement)).toBe(false)
  expect(isAllowed(pass(), statement)).toBe(false)
})

test('several policies count together, and one statement need not be in a list', () => {
  const roles = new Roles()
  const read = { Statement: { Effect: 'Allow', Action: 'ecs:DescribeServices', Resource: '*' } }
  const policies = [read, { Statement: [ALLOW] }]
  roles.put({ arn: ARN, name: 'step', trust: { Statement: [] }, policies, managedPolicyArns: [] })
  expect(roles.judge(ARN, UPDATE)).toEqual({ kind: 'allowed', resource: SERVICE, statement: 'policy 2 of step[0]' })
})

test('a statement that counts as taken out allows nothing, and leaves the others as they are', () => {
  const roles = rolesWith(ALLOW, { ...ALLOW, Resource: '*' })
  const without = (...out: string[]) => roles.judge(ARN, UPDATE, statement => out.includes(statement))
  const [first, second] = ['policy 1 of step[0]', 'policy 1 of step[1]']
  expect(without()).toMatchObject({ statement: first })
  expect(without(first)).toMatchObject({ statement: second })
  expect(without(first, second)).toEqual({ kind: 'denied', explicitly: false })
})

test('a role that is put again has its new policies only', () => {
  const roles = rolesWith(ALLOW)
  expect(roles.judge(ARN, UPDATE).kind).toBe('allowed')
  roles.put({ arn: ARN, name: 'step', trust: { Statement: [] }, policies: [], managedPolicyArns: [] })
  expect(roles.judge(ARN, UPDATE).kind).toBe('denied')
})

test.each<[string, object, string]>([
  ['NotAction', { NotAction: 'ecs:*' }, 'NotAction'],
  ['NotResource', { NotResource: SERVICE }, 'NotResource'],
  ['a principal', { Principal: '*' }, 'Principal'],
  ['a policy variable', { Resource: 'arn:aws:s3:::b/${aws:username}' }, 'the policy variable ${aws:username}'],
  [
    'a policy variable in a condition',
    { Condition: { StringEquals: { 'ecs:cluster': '${aws:PrincipalTag/team}' } } },
    'the policy variable ${aws:PrincipalTag/team}',
  ],
  ['an operator', { Condition: { IpAddress: { 'ecs:cluster': '10.0.0.0/8' } } }, 'the condition operator IpAddress'],
  ['IfExists', { Condition: { ArnEqualsIfExists: { 'ecs:cluster': CLUSTER } } }, 'operator ArnEqualsIfExists'],
  [
    'a set of values',
    { Condition: { 'ForAllValues:StringEquals': { 'ecs:cluster': CLUSTER } } },
    'operator ForAllValues:StringEquals',
  ],
  ['a key', { Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } } }, 'the condition key aws:RequestTag/team'],
  ['a resource that is no ARN', { Resource: 'shop/*' }, 'shop/* must be in ARN format or "*"'],
  ['an action without a service', { Action: 'UpdateService' }, 'the action UpdateService must be'],
  ['an effect', { Effect: 'Permit' }, 'Effect'],
])('%s that is not known is refused by name when the role is made', (_, more, message) => {
  expect(() => rolesWith({ ...ALLOW, ...more })).toThrow(message)
})

test('a managed policy whose document is not here is refused by name', () => {
  const managedPolicyArns = ['arn:aws:iam::aws:policy/AdministratorAccess']
  const role = { arn: ARN, name: 'step', trust: { Statement: [] }, policies: [], managedPolicyArns }
  expect(() => new Roles().put(role)).toThrow(
    'the managed policy arn:aws:iam::aws:policy/AdministratorAccess of the role step is not part',
  )
})

const TRUST = {
  Effect: 'Allow',
  Principal: { Service: 'states.amazonaws.com' },
  Action: 'sts:AssumeRole',
  Condition: {
    StringEquals: { 'aws:SourceAccount': '111122223333' },
    ArnLike: { 'aws:SourceArn': 'arn:aws:states:eu-west-1:111122223333:stateMachine:*' },
  },
}
const MACHINE = 'arn:aws:states:eu-west-1:111122223333:stateMachine:release'

test.each<[string, object, string | undefined, boolean]>([
  ['the service that it names', {}, MACHINE, true],
  ['it for another machine than it names', {}, MACHINE.replace('stateMachine', 'execution'), false],
  ['it for nothing said', {}, undefined, false],
  ['another service', { Principal: { Service: 'lambda.amazonaws.com' } }, MACHINE, false],
  ['it by another action', { Action: 'sts:TagSession' }, MACHINE, false],
  ['it against a denial', { Effect: 'Deny' }, MACHINE, false],
])('a role trusts %s', (_, more, sourceArn, expected) => {
  const roles = new Roles()
  const trust = { Version: '2012-10-17', Statement: [{ ...TRUST, ...more }] }
  roles.put({ arn: ARN, name: 'machine', trust, policies: [], managedPolicyArns: [] })
  expect(roles.trusts(ARN, 'states.amazonaws.com', sourceArn)).toBe(expected)
})
