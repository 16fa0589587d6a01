import { describe, expect, it } from 'vitest'
import type { Json } from '../../../rehearsal/asl/definition.ts'
import { expressionIn, fillIn, fillInAs } from '../../../rehearsal/asl/expression.ts'

const scope = { states: { input: { n: 3 }, context: {} }, variables: { v: [1, 2] }, now: Date.UTC(2026, 0, 1) }
const value = (template: Json) => fillIn(template, 'Output', scope)

describe('an expression', () => {
  it('is a string whose delimiters touch its ends', () => {
    expect(expressionIn('{% 1 %}')).toBe('1')
    expect(expressionIn(' {% 1 %}')).toBeUndefined()
    expect(expressionIn('{% 1 %} ')).toBeUndefined()
    expect(expressionIn('a {% 1 %} b')).toBeUndefined()
  })

  it('is replaced at any depth', async () => {
    expect(await value({ a: [1, { b: '{% $states.input.n %}' }], c: '{% $v %}' })).toEqual({
      a: [1, { b: 3 }],
      c: [1, 2],
    })
  })

  it('that returns nothing is an error that names its field', async () => {
    await expect(value({ a: { b: '{% $missing %}' } })).rejects.toMatchObject({
      location: 'Output/a/b',
      message: "The JSONata expression '$missing' specified for the field 'Output/a/b' returned nothing (undefined).",
    })
  })

  it.each(['{% function($x) { $x } %}', "{% { 'a': $sum } %}"])('cannot return a function: %s', async template => {
    await expect(value(template)).rejects.toThrow('unsupported result type')
  })

  it('that throws says why', async () => {
    await expect(value("{% 1 + 'a' %}")).rejects.toThrow(/threw an error during evaluation\. T2002/)
  })

  it('must return the type that its field needs', async () => {
    await expect(fillInAs('integer', '{% 1.5 %}', 'Seconds', scope)).rejects.toThrow(
      "Expected 'integer', but was 'number'",
    )
    expect(await fillInAs('integer', '{% 2 %}', 'Seconds', scope)).toBe(2)
  })
})

describe("Step Functions' own functions", () => {
  it.each<[string, Json]>([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([1,2,3], 1.6)', [[1, 2], [3]]],
    ['$range(0, 10, 5)', [0, 5, 10]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$range(3, 3, 1)', 3],
    ["$hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['$random(7) = $random(7) and $random(7) != $random(8)', true],
    ['$random() < 1 and $random() >= 0', true],
    ['$length($uuid())', 36],
    ['$parse(\'{"a":[1,null]}\')', { a: [1, null] }],
    ['$millis()', Date.UTC(2026, 0, 1)],
    ["$now('[Y0001]-[M01]')", '2026-01'],
  ])('%s', async (expression, expected) => {
    expect(await value(`{% ${expression} %}`)).toEqual(expected)
  })

  it.each([
    ['$partition([1], 0)', 'must be positive'],
    ['$partition(1, 1)', 'takes an array'],
    ['$range(1, 2, 0)', 'must not be 0'],
    ['$range(1, 2000, 1)', 'limited to 1000'],
    ["$hash('a', 'CRC')", "does not know the algorithm 'CRC'"],
    ["$parse('{')", 'JSON'],
    ["$eval('1')", 'T1006'],
  ])('%s is an error', async (expression, message) => {
    await expect(value(`{% ${expression} %}`)).rejects.toThrow(message)
  })
})
