// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of CloudFormation.
import { describe, expect, test } from 'vitest'
import { references, resolve, type Scope } from '../../../rehearsal/assembly/intrinsics.ts'

const scope: Scope = {
  stackName: 'Demo',
  template: {
    Parameters: {
      Size: { Type: 'Number', Default: 3 },
      Naked: { Type: 'String' },
      BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' },
    },
    Conditions: {
      Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
      There: { 'Fn::Not': [{ Condition: 'Here' }] },
      Either: { 'Fn::Or': [{ Condition: 'There' }, { 'Fn::And': [{ Condition: 'Here' }, { Condition: 'Here' }] }] },
    },
  },
  resource: id =>
    id === 'Table' ? { ref: 'demo-table', attributes: { Arn: 'arn:table', 'Deep.Name': 'deep' } } : undefined,
}

describe('an intrinsic function', () => {
  const cases: [string, unknown, unknown][] = [
    ['a Ref to a resource', { Ref: 'Table' }, 'demo-table'],
    ['a Ref to a parameter', { Ref: 'Size' }, 3],
    [
      'pseudo parameters',
      ['AWS::AccountId', 'AWS::Partition', 'AWS::Region', 'AWS::StackName', 'AWS::URLSuffix'].map(Ref => ({ Ref })),
      ['111122223333', 'aws', 'eu-west-1', 'Demo', 'amazonaws.com'],
    ],
    ['AWS::NoValue as a member', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
    ['AWS::NoValue in a list', [1, { Ref: 'AWS::NoValue' }], [1]],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:table'],
    ['Fn::GetAtt of a path', { 'Fn::GetAtt': 'Table.Deep.Name' }, 'deep'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Table' }, 1]] }, 'a-demo-table-1'],
    [
      'Fn::Sub',
      { 'Fn::Sub': '${AWS::Region}/${Table}/${Table.Arn}/${!Literal}' },
      'eu-west-1/demo-table/arn:table/${Literal}',
    ],
    ['Fn::Sub with its own values', { 'Fn::Sub': ['${A}${Size}', { A: { Ref: 'Table' } }] }, 'demo-table3'],
    [
      'Fn::Select of Fn::Split',
      { 'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Table', 'Arn'] }] }] },
      'table',
    ],
    ['Fn::If, first branch', { 'Fn::If': ['Here', 'yes', 'no'] }, 'yes'],
    ['Fn::If, second branch', { 'Fn::If': ['There', 'yes', { Ref: 'Table' }] }, 'demo-table'],
    ['Fn::If over Or and And', { 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
    [
      'the Condition of a policy, left alone',
      { Condition: { StringEquals: { a: { Ref: 'Table' } } } },
      { Condition: { StringEquals: { a: 'demo-table' } } },
    ],
    ['a null', { a: null }, { a: null }],
  ]
  test.for(cases)('%s is answered', ([, value, expected]) => {
    expect(resolve(value, scope)).toEqual(expected)
  })

  const refusals: [unknown, string][] = [
    [{ 'Fn::ImportValue': 'x' }, 'Fn::ImportValue is not part of this rehearsal'],
    [{ deep: [{ 'Fn::FindInMap': ['a', 'b', 'c'] }] }, 'Fn::FindInMap is not part of this rehearsal'],
    [{ Ref: 'Nobody' }, 'Ref: there is no Nobody'],
    [{ Ref: 'Naked' }, 'parameter Naked has no default'],
    [{ Ref: 'BootstrapVersion' }, 'parameter BootstrapVersion of type AWS::SSM::Parameter::Value<String>'],
    [{ 'Fn::GetAtt': ['Table', 'StreamArn'] }, 'Fn::GetAtt: Table has no attribute StreamArn'],
    [{ 'Fn::Sub': '${Nobody}' }, 'Ref: there is no Nobody'],
    [{ 'Fn::Select': [4, ['a']] }, 'Fn::Select: there is no 4 in 1 values'],
    [{ 'Fn::Join': ['-'] }, 'Fn::Join wants a list of 2'],
    [{ 'Fn::Join': ['-', [{ a: 1 }]] }, 'a text is wanted here, not {"a":1}'],
    [{ 'Fn::If': ['Nowhere', 1, 2] }, 'condition Nowhere is not in the template'],
  ]
  test.for(refusals)('%j is refused by name', ([value, message]) => {
    expect(() => resolve(value, scope)).toThrow(message)
  })
})

test('a value speaks of what it refers to, gets attributes of and substitutes', () => {
  const value = {
    a: { Ref: 'A' },
    b: [{ 'Fn::GetAtt': ['B', 'Arn'] }],
    c: { 'Fn::Sub': ['${C.Arn}${!No}${V}', { V: { Ref: 'D' } }] },
  }
  expect(references(value)).toEqual(expect.arrayContaining(['A', 'B', 'C', 'D']))
  expect(references(value)).not.toContain('No')
})
