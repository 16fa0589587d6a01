import { describe, expect, test } from 'vitest'
import { compilePattern } from '../../../rehearsal/aws/events/pattern.ts'

const push = {
  source: 'aws.ecr',
  'detail-type': 'ECR Image Action',
  resources: ['arn:a', 'arn:b'],
  detail: {
    'action-type': 'PUSH',
    'repository-name': 'shop-api',
    'image-tag': '1.2.3',
    size: 12.5,
    signed: true,
    parent: null,
    empty: [],
    containers: [
      { name: 'web', exitCode: 0 },
      { name: 'side', exitCode: 1 },
    ],
  },
}

const tag = (...alternatives: unknown[]) => ({ detail: { 'image-tag': alternatives } })
const name = (...alternatives: unknown[]) => ({ detail: { 'repository-name': alternatives } })
const size = (...range: unknown[]) => ({ detail: { size: [{ numeric: range }] } })

describe.each<[string, object, boolean]>([
  ['a value equal to one of the alternatives', { source: ['aws.ecs', 'aws.ecr'] }, true],
  ['a value equal to none', { source: ['aws.ecs'] }, false],
  ['only some of the fields', { source: ['aws.ecr'], 'detail-type': ['Other'] }, false],
  ['a field that is not there', { detail: { nothing: ['x'] } }, false],
  ['a number by value', { detail: { size: [12.5] } }, true],
  ['a number written as text', { detail: { size: ['12.5'] } }, false],
  ['a boolean', { detail: { signed: [true] } }, true],
  ['a null', { detail: { parent: [null] } }, true],
  ['a null where nothing is', { detail: { nothing: [null] } }, false],
  ['one element of an array', { resources: ['arn:b'] }, true],
  ['no element of an array', { resources: ['arn:c'] }, false],
  ['fields of one object in an array', { detail: { containers: { name: ['web'], exitCode: [0] } } }, true],
  ['fields of two different objects in an array', { detail: { containers: { name: ['web'], exitCode: [1] } } }, false],
  ['prefix', name({ prefix: 'shop-' }), true],
  ['prefix elsewhere', name({ prefix: 'api' }), false],
  ['prefix of a number', { detail: { size: [{ prefix: '12' }] } }, false],
  ['prefix ignoring case', name({ prefix: { 'equals-ignore-case': 'SHOP' } }), true],
  ['suffix', name({ suffix: '-api' }), true],
  ['suffix ignoring case', name({ suffix: { 'equals-ignore-case': 'API' } }), true],
  ['suffix elsewhere', name({ suffix: 'shop' }), false],
  ['equals-ignore-case', name({ 'equals-ignore-case': 'Shop-API' }), true],
  ['equals-ignore-case of another', name({ 'equals-ignore-case': 'shop' }), false],
  ['wildcard', name({ wildcard: 'sh*-*i' }), true],
  ['wildcard for nothing', name({ wildcard: 'shop-api*' }), true],
  ['wildcard in which a dot is a dot', tag({ wildcard: '1.2*' }), true],
  ['wildcard in which a dot is no other letter', tag({ wildcard: '1..*' }), false],
  ['wildcard with an escaped star', tag({ wildcard: '1\\*' }), false],
  ['anything-but another', name({ 'anything-but': 'other' }), true],
  ['anything-but itself', name({ 'anything-but': ['other', 'shop-api'] }), false],
  ['anything-but numbers', { detail: { size: [{ 'anything-but': [1, 2] }] } }, true],
  ['anything-but where nothing is', { detail: { nothing: [{ 'anything-but': 'x' }] } }, false],
  ['anything-but a prefix', name({ 'anything-but': { prefix: 'shop' } }), false],
  ['anything-but several prefixes', name({ 'anything-but': { prefix: ['a', 'b'] } }), true],
  ['anything-but a suffix', name({ 'anything-but': { suffix: '-api' } }), false],
  ['anything-but ignoring case', name({ 'anything-but': { 'equals-ignore-case': ['SHOP-API'] } }), false],
  ['anything-but a wildcard', name({ 'anything-but': { wildcard: '*-api' } }), false],
  ['numeric equal', size('=', 12.5), true],
  ['numeric above', size('>', 12.5), false],
  ['numeric in a range', size('>', 12, '<=', 12.5), true],
  ['numeric below a range', size('>=', 13, '<', 20), false],
  ['exists', tag({ exists: true }), true],
  ['exists where an object is', { detail: [{ exists: true }] }, false],
  ['exists where an empty list is', { detail: { empty: [{ exists: true }] } }, false],
  ['exists not', { detail: { nothing: [{ exists: false }] } }, true],
  ['exists not, deep in what is not there', { detail: { no: { such: { thing: [{ exists: false }] } } } }, true],
  ['exists not, of what is there', tag({ exists: false }), false],
  ['exists not or a value', tag({ exists: false }, '1.2.3'), true],
  ['$or by its second', { $or: [{ source: ['x'] }, { detail: { 'action-type': ['PUSH'] } }] }, true],
  ['$or of none', { $or: [{ source: ['x'] }, { source: ['y'] }] }, false],
  ['$or beside a field that fails', { source: ['x'], $or: [{ source: ['aws.ecr'] }, { source: ['y'] }] }, false],
  ['$or inside a field', { detail: { $or: [{ size: [1] }, { 'image-tag': ['1.2.3'] }] } }, true],
])('a pattern for %s', (_, pattern, expected) => {
  test(expected ? 'matches' : 'does not match', () => expect(compilePattern(pattern)(push)).toBe(expected))
})

test.each<[unknown, string]>([
  ['text', 'Filter is not an object'],
  [{}, 'Empty objects are not allowed'],
  [{ source: 'aws.ecr' }, '"source" must be an object or an array'],
  [{ source: [] }, 'Empty arrays are not allowed'],
  [{ source: [['aws.ecr']] }, 'Match value must be String, number, true, false, or null'],
  [{ source: [{ sounds: 'like' }] }, 'Unrecognized match type sounds'],
  [{ source: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
  [{ source: [{ prefix: 7 }] }, 'prefix match pattern must be a string'],
  [{ source: [{ exists: 'yes' }] }, 'exists match pattern must be either true or false.'],
  [{ source: [{ 'anything-but': ['a', 1] }] }, 'Inside anything but list, values must be all strings or all numbers'],
  [{ source: [{ 'anything-but': { numeric: ['=', 1] } }] }, 'Unsupported anything-but pattern: numeric'],
  [{ source: [{ numeric: ['~', 1] }] }, 'Unrecognized numeric range operator: ~'],
  [{ source: [{ numeric: ['<'] }] }, 'Value of < must be numeric'],
  [{ source: [{ numeric: ['>', 2, '<', 1] }] }, 'Bottom must be less than top'],
  [{ source: [{ numeric: ['=', 6e9] }] }, 'Value must be between -5.0E9 and 5.0E9, inclusive'],
  [{ source: [{ wildcard: 'a**b' }] }, 'Consecutive wildcard characters at pos 1'],
  [{ source: [{ wildcard: 'a\\b' }] }, 'Invalid escape character at pos 1'],
  [{ $or: [{ source: ['a'] }] }, '"$or" must be an array of at least two objects'],
])('the pattern %j is refused', (pattern, reason) => {
  expect(() => compilePattern(pattern)).toThrow(
    expect.objectContaining({
      name: 'InvalidEventPatternException',
      message: `Event pattern is not valid. Reason: ${reason}`,
    }),
  )
})

test('an operator that is not rehearsed is refused by name', () => {
  expect(() => compilePattern({ detail: { ip: [{ cidr: '10.0.0.0/24' }] } })).toThrow(
    'the event pattern operator "cidr" is not part of this rehearsal',
  )
})
