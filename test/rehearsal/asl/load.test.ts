import { describe, expect, it } from 'vitest'
import { loadDefinition } from '../../../rehearsal/asl/load.ts'
import { machine } from './machines.ts'

const pass = { Type: 'Pass', End: true }
const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true }
const load = (definition: object) => () => loadDefinition(JSON.stringify(definition))

describe('a definition', () => {
  it('is loaded with comments wherever the language has them', () => {
    const Comment = 'why'
    const states = {
      Ask: {
        ...task,
        Comment,
        Retry: [{ ErrorEquals: ['A'], Comment }],
        Catch: [{ ErrorEquals: ['A'], Next: 'End', Comment }],
      },
      End: { Type: 'Succeed', Comment },
    }
    expect(load(machine(states, { Comment, Version: '1.0', TimeoutSeconds: 60 }))).not.toThrow()
  })

  it.each<[string, object, string]>([
    ['an unknown top-level field', machine({ A: pass }, { Start: 'A' }), "The field 'Start' is not supported"],
    ['a machine without states', { QueryLanguage: 'JSONata', StartAt: 'A' }, "The field 'States' is required"],
    ['an unknown type', machine({ A: { Type: 'Sleep', End: true } }), "can not be 'Sleep'"],
    ['an unknown query language', machine({ A: { ...pass, QueryLanguage: 'XPath' } }), "can not be 'XPath'"],
    ['Next and End together', machine({ A: { ...pass, Next: 'A' } }), "Only one of 'Next' and 'End'"],
    ['a wait for nothing', machine({ A: { Type: 'Wait', End: true } }), "'Seconds' and 'Timestamp'"],
    [
      'a wait for both',
      machine({ A: { ...pass, Type: 'Wait', Seconds: 1, Timestamp: 'x' } }),
      "'Seconds' and 'Timestamp'",
    ],
    ['a time-out of nothing', machine({ A: { ...task, TimeoutSeconds: 0 } }), 'must be between 1 and 99999999'],
    ['a fractional wait', machine({ A: { ...pass, Type: 'Wait', Seconds: 1.5 } }), 'must be an integer'],
    ['a slow backoff', machine({ A: { ...task, Retry: [{ ErrorEquals: ['A'], BackoffRate: 0.5 }] } }), "'BackoffRate'"],
    [
      'a delay of more than a year',
      machine({ A: { ...task, Retry: [{ ErrorEquals: ['A'], MaxDelaySeconds: 31622401 }] } }),
      "'MaxDelaySeconds'",
    ],
    [
      'an unknown jitter',
      machine({ A: { ...task, Retry: [{ ErrorEquals: ['A'], JitterStrategy: 'HALF' }] } }),
      'NONE or FULL',
    ],
    ['a retrier without errors', machine({ A: { ...task, Retry: [{ ErrorEquals: [] }] } }), 'non-empty array'],
    ['a resource that is no ARN', machine({ A: { ...task, Resource: 'lambda' } }), 'lambda is not recognized'],
    ['a choice without rules', machine({ A: { Type: 'Choice', Choices: [] } }), 'non-empty array'],
    [
      'a constant condition',
      machine({ A: { Type: 'Choice', Choices: [{ Condition: 'x', Next: 'B' }] }, B: pass }),
      'a boolean or an expression',
    ],
    [
      'an Assign in Succeed',
      machine({ A: { Type: 'Succeed', Assign: { x: 1 } } }),
      "The field 'Assign' is not supported",
    ],
    ['the reserved variable', machine({ A: { ...pass, Assign: { states: 1 } } }), "'states' is reserved"],
    ['a variable with a path', machine({ A: { ...pass, Assign: { 'a.b': 1 } } }), "'a.b' is not valid"],
    ['a long state name', machine({ ['x'.repeat(81)]: pass }), 'at most 80 characters'],
  ])('with %s is refused', (_, definition, message) => {
    expect(load(definition)).toThrow(message)
  })

  it('says all that is wrong with it, and where', () => {
    const definition = machine({ A: { ...pass, Foo: 1, Output: '{% ( %}' } })
    expect(load(definition)).toThrow(
      /'Foo' is not supported by Step Functions at \/States\/A, .* at \/States\/A\/Output'$/,
    )
  })

  it.each<[string, object, string]>([
    ['JSONPath', { StartAt: 'A', States: { A: pass } }, "The state 'A' uses JSONPath"],
    [
      'an item reader',
      machine({ A: { ...pass, Type: 'Map', ItemReader: {}, ItemProcessor: machine({ B: pass }) } }),
      "The state 'A' is a Distributed Map (ItemReader)",
    ],
    [
      'an activity',
      machine({ A: { ...task, Resource: 'arn:aws:states:eu-west-1:111122223333:activity:x' } }),
      "The state 'A' uses an activity",
    ],
  ])('with %s is refused as not rehearsed', (_, definition, message) => {
    expect(load(definition)).toThrow(message)
  })

  it('that is no JSON is refused as such', () => {
    expect(() => loadDefinition('{')).toThrow('INVALID_JSON_DESCRIPTION')
  })
})
