import { expect, test } from 'vitest'
import { compileResourcePolicy } from '../../../rehearsal/aws/resource-policy.ts'

const RESOURCE = 'arn:aws:sqs:eu-west-1:111122223333:slack'
const REQUEST = {
  service: 'sns.amazonaws.com',
  action: 'sqs:SendMessage',
  resource: RESOURCE,
  sourceArn: 'arn:aws:sns:eu-west-1:111122223333:releases',
}
const ALLOW = { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' }
const lets = (...statements: object[]) => compileResourcePolicy({ Statement: statements })(REQUEST)

test.each<[string, object, boolean]>([
  ['the service', {}, true],
  ['everybody', { Principal: '*' }, true],
  ['an account, which is no service', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } }, false],
  ['another service', { Principal: { Service: 'events.amazonaws.com' } }, false],
  ['all actions', { Action: ['sqs:*'] }, true],
  ['another action', { Action: 'sqs:ReceiveMessage' }, false],
  ['another resource', { Resource: `${RESOURCE}-other` }, false],
  ['its source', { Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:sns:*:*:releases' } } }, true],
  [
    'another source',
    { Condition: { ArnEquals: { 'aws:SourceArn': REQUEST.sourceArn.replace('releases', 'x') } } },
    false,
  ],
  ['its account', { Condition: { StringEquals: { 'aws:SourceAccount': ['1', '111122223333'] } } }, true],
  ['another account', { Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }, false],
])('a statement for %s', (_, more, expected) => {
  expect(lets({ ...ALLOW, ...more })).toBe(expected)
})

test('nobody is let in by no statement, and nobody against a denial', () => {
  expect(lets()).toBe(false)
  expect(lets(ALLOW, { ...ALLOW, Effect: 'Deny' })).toBe(false)
})

test.each<[string, object, string]>([
  [
    'a condition’s operator',
    { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
    'operator IpAddress is not',
  ],
  [
    'a condition’s key',
    { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o' } } },
    'key aws:PrincipalOrgID is not',
  ],
  ['an element', { NotAction: 'sqs:*' }, 'NotAction'],
])('%s that is not known is refused by name', (_, more, message) => {
  expect(() => lets({ ...ALLOW, ...more })).toThrow(message)
})
