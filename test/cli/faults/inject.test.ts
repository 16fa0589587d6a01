import { beforeEach, describe, expect, test } from 'vitest'
import { type EventKind, readFault, type StepKind } from '../../../cli/faults/catalogue.ts'
import type { Ears } from '../../../cli/faults/ears.ts'
import { followExecutions } from '../../../cli/faults/executions.ts'
import { type Injected, inject, type Stage } from '../../../cli/faults/inject.ts'
import type { FaultRule } from '../../../rehearsal/aws/wire/faults.ts'

const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:Release:one'
const ROLE = { name: 'Sluice-SluiceLockStageRole', arn: 'arn:aws:iam::111122223333:role/Sluice-SluiceLockStageRole' }
const FUNCTION = 'Sluice-SluiceLockStageFunction0123ABCD-xyz'

let ears: Ears
let requests: FaultRule[]
let later: (() => void)[]
/** What the service makes of an order to stop. */
let endsAs: string

function announce(status: string): void {
  const announced = {
    ...{ version: '0' as const, id: '', account: '', time: '', region: '', source: 'aws.states', resources: [] },
    'detail-type': 'Step Functions Execution Status Change',
    detail: { executionArn: EXECUTION, status },
  }
  for (const hear of ears.announced) hear(announced)
}

/** A stack of one function in the state of an execution that runs. */
function stage(): Stage {
  const clock = {
    now: () => 0,
    timer: (_: number, call: () => void) => later.push(call),
    during: (_: string, work: () => Promise<unknown>) => work(),
  }
  const rehearsal = {
    clock,
    states: { operations: { StopExecution: async () => announce(endsAs) } },
    faults: { add: (rule: FaultRule) => requests.push(rule) },
    lambda: { timeoutOf: () => 60 },
    stack: { roles: new Map([['role', ROLE]]), resources: { one: FUNCTION } },
  } as unknown as Stage['rehearsal']
  const installation = { releaseMachine: EXECUTION.replace(/:execution:(\w+):one$/, ':stateMachine:$1') }
  return { rehearsal, ears, executions: followExecutions(rehearsal, ears, installation as never) }
}

function injected(text: `${string}:${StepKind | EventKind}`): Injected {
  const read = readFault(text)
  if (read.kind === 'refused') throw new Error(read.because)
  const of = inject(stage(), read.fault)
  announce('RUNNING')
  return of
}

const call = () => ears.called.map(ask => ask({ step: 'LockStage', payload: { execution: EXECUTION } }))
async function aMomentLater(): Promise<void> {
  for (const happen of later.splice(0)) happen()
  await new Promise(resolve => setImmediate(resolve))
}

/** The first request of the step that is to stand still does; returns what lets it reach its service. */
function stall(): () => void {
  const met = requests.find(({ principal }) => principal?.(ROLE.arn))
  if (typeof met?.does !== 'object' || !('stallMs' in met.does)) throw new Error('no request stands still')
  const { arrives } = met.does
  return () => arrives?.()
}

beforeEach(() => {
  ears = { called: [], delivered: [], announced: [] }
  requests = []
  later = []
  endsAs = 'ABORTED'
})

describe('an execution that is stopped', () => {
  test('counts once the service shows it', async () => {
    const { fired } = injected('LockStage:stop')
    call()
    expect(fired()).toBe(0)
    await aMomentLater()
    expect(fired()).toBe(1)
  })

  test.each([
    ['ends as usual first', () => announce('SUCCEEDED')],
    ['does not stop', () => (endsAs = 'SUCCEEDED')],
  ])('counts for nothing where it %s', async (_, happens) => {
    const { fired, counts } = injected('LockStage:stop')
    happens()
    call()
    await aMomentLater()
    expect([fired(), counts()]).toEqual([0, false])
  })

  test('and outlived counts once what stood still has arrived, and before that for how the release may end', async () => {
    const { fired, counts } = injected('LockStage:outlive')
    call()
    const arrives = stall()
    await aMomentLater()
    expect([fired(), counts()]).toEqual([0, true])
    arrives()
    expect([fired(), counts()]).toEqual([1, true])
  })

  test.each([
    ['was not stopped', () => (endsAs = 'SUCCEEDED')],
    ['somebody else has stopped meanwhile', () => later.unshift(() => announce('ABORTED'))],
  ])('is not outlived by what arrives at one that %s', async (_, happens) => {
    happens()
    const { fired, counts } = injected('LockStage:outlive')
    call()
    const arrives = stall()
    await aMomentLater()
    arrives()
    expect([fired(), counts()]).toEqual([0, false])
  })
})

test('an event that waits for its next has happened only when that has come before it', () => {
  const { fired } = injected('Lock Freed:reorder')
  const event = { 'detail-type': 'Lock Freed', source: 'sluice' } as Parameters<Ears['delivered'][number]>[0]
  const [fate] = ears.delivered.map(ask => ask(event))
  expect(fired()).toBe(0)
  if (typeof fate !== 'object' || !('behindNext' in fate)) throw new Error('it does not wait')
  fate.behindNext()
  expect(fired()).toBe(1)
})
