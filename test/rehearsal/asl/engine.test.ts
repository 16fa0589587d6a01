import { describe, expect, it } from 'vitest'
import { Abort } from '../../../rehearsal/asl/engine.ts'
import { createClock } from '../../../rehearsal/clock.ts'
import { machine, START, start, types } from './machines.ts'

const pass = { Type: 'Pass', End: true }
const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true }

describe('an execution', () => {
  it('is told with the time, the cause and the data of each event', async () => {
    const execution = start(machine({ A: { Type: 'Wait', Seconds: 2, Next: 'B' }, B: { ...pass, Assign: { x: 1 } } }), {
      input: [1],
    })
    await execution.outcome
    expect(
      execution.history.map(({ id, previousEventId, timestamp }) => [id, previousEventId, +(timestamp ?? 0) - START]),
    ).toEqual([
      [1, 0, 0],
      [2, 0, 0],
      [3, 2, 2000],
      [4, 3, 2000],
      [5, 4, 2000],
      [6, 5, 2000],
    ])
    expect(execution.history[4]?.stateExitedEventDetails).toMatchObject({
      name: 'B',
      output: '[1]',
      assignedVariables: { x: '1' },
    })
  })

  it('that is stopped runs no Catch and tells what it was in', async () => {
    const stop = new AbortController()
    const states = {
      Both: {
        Type: 'Parallel',
        Branches: [machine({ Pause: { Type: 'Wait', Seconds: 60, End: true } }), machine({ Work: task })].map(
          ({ QueryLanguage: _, ...branch }) => branch,
        ),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      },
      Caught: pass,
    }
    const clock = createClock({ drive: 'jump', start: START })
    const execution = start(machine(states), { clock, signal: stop.signal, perform: () => new Promise(() => {}) })
    clock.timer(5000, () => stop.abort(new Abort('Enough', 'by hand')))
    expect(await execution.outcome).toEqual({ status: 'ABORTED', error: 'Enough', cause: 'by hand' })
    expect(types(execution).slice(-4)).toEqual([
      'WaitStateAborted',
      'TaskStateAborted',
      'ParallelStateAborted',
      'ExecutionAborted',
    ])
    expect(clock.now()).toBe(START + 5000)
  })

  it('that is stopped as soon as it has started does not wait for its task', async () => {
    const stop = new AbortController()
    const arguments_ = { FunctionName: '{% $states.input %}' }
    const states = { Work: { ...task, HeartbeatSeconds: 3600, Arguments: arguments_ } }
    const clock = createClock({ drive: 'jump', start: START })
    const execution = start(machine(states), {
      clock,
      input: 'f',
      signal: stop.signal,
      perform: () => new Promise(() => {}),
    })
    await Promise.resolve()
    stop.abort(new Abort('Enough', 'by hand'))
    expect(await execution.outcome).toMatchObject({ status: 'ABORTED' })
    expect(clock.now()).toBe(START)
  })

  it('fails when its history is full, and no Catch changes that', async () => {
    const states = {
      Loop: {
        Type: 'Map',
        Items: '{% [1..200] %}',
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'Work', States: { Work: pass } },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Again' }],
        Next: 'Again',
      },
      Again: { Type: 'Pass', Output: null, Next: 'Loop' },
    }
    const execution = start(machine(states))
    expect(await execution.outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('25000') })
    expect(execution.history).toHaveLength(25_000)
    expect(types(execution).at(-1)).toBe('ExecutionFailed')
  })

  it('that runs out of time says so and nothing else, and no Catch runs', async () => {
    const states = { A: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }, B: pass }
    const execution = start(machine(states, { TimeoutSeconds: 30 }), { perform: () => new Promise(() => {}) })
    expect(await execution.outcome).toEqual({ status: 'TIMED_OUT' })
    expect(types(execution).slice(-2)).toEqual(['TaskStarted', 'ExecutionTimedOut'])
    expect(execution.history.at(-1)).toMatchObject({
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    })
  })

  it('spreads retries by chance with full jitter', async () => {
    let attempts = 0
    const states = { A: { ...task, Retry: [{ ErrorEquals: ['No'], IntervalSeconds: 100, JitterStrategy: 'FULL' }] } }
    const execution = start(machine(states), {
      random: () => 0.25,
      perform: async () => (attempts++ === 0 ? { error: 'No' } : { output: 1 }),
    })
    expect(await execution.outcome).toEqual({ status: 'SUCCEEDED', output: 1 })
    expect(execution.clock.now()).toBe(START + 25_000)
  })

  it('rejects for a fault of its host instead of inventing an error', async () => {
    const states = { A: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }, B: pass }
    const execution = start(machine(states), { perform: () => Promise.reject(new Error('host is broken')) })
    await expect(execution.outcome).rejects.toThrow('host is broken')
  })
})

describe('a Wait', () => {
  it.each<[string, number]>([
    ['2026-01-01T00:00:01Z', 1000],
    ['2026-01-01T00:00:01.5Z', 1500],
    ['2025-12-31T23:00:10-01:00', 10_000],
    ['2025-01-01T00:00:00Z', 0],
  ])('until %s takes %i ms', async (Timestamp, ms) => {
    const execution = start(machine({ A: { ...pass, Type: 'Wait', Timestamp } }))
    expect(await execution.outcome).toMatchObject({ status: 'SUCCEEDED' })
    expect(execution.clock.now() - START).toBe(ms)
  })

  it('for less than nothing is an error that nothing catches', async () => {
    const execution = start(machine({ A: { ...pass, Type: 'Wait', Seconds: '{% -1 %}' } }))
    expect(await execution.outcome).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })
})

describe('a Fail', () => {
  it('has its Error and Cause from expressions and no exit', async () => {
    const execution = start(machine({ A: { Type: 'Fail', Error: '{% $states.input.e %}', Cause: 'c' } }), {
      input: { e: 'E' },
    })
    expect(await execution.outcome).toEqual({ status: 'FAILED', error: 'E', cause: 'c' })
    expect(types(execution)).toEqual(['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed'])
  })
})

describe('a Map', () => {
  const map = (more: object, inner: object = pass) =>
    machine({ All: { ...pass, Type: 'Map', ItemProcessor: { StartAt: 'In', States: { In: inner } }, ...more } })

  it('runs at most 40 iterations at once', async () => {
    const execution = start(map({ Items: '{% [1..41] %}' }, { ...pass, Type: 'Wait', Seconds: 10 }))
    await execution.outcome
    expect(execution.clock.now() - START).toBe(20_000)
  })

  it('tells of the iterations that its first failure stops', async () => {
    const inner = { ...task, Arguments: { n: '{% $states.input %}' } }
    const execution = start(map({ Items: [1, 2] }, inner), {
      perform: call =>
        (call.parameters as { n: number }).n === 2 ? Promise.resolve({ error: 'No' }) : new Promise(() => {}),
    })
    expect(await execution.outcome).toEqual({ status: 'FAILED', error: 'No' })
    const last = ['MapIterationFailed', 'TaskStateAborted', 'MapIterationAborted', 'MapStateFailed', 'ExecutionFailed']
    expect(types(execution).slice(-5)).toEqual(last)
  })

  it.each([
    ['MaxConcurrency', '{% -1 %}'],
    ['ToleratedFailurePercentage', '{% 101 %}'],
    ['ToleratedFailureCount', '{% 1.5 %}'],
  ])('refuses %s %s when it runs', async (field, expression) => {
    const execution = start(map({ Items: [1], [field]: expression }))
    expect(await execution.outcome).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })
})
