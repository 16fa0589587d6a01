import type { Json } from '../../../rehearsal/asl/definition.ts'
import { type Execution, execute } from '../../../rehearsal/asl/engine.ts'
import { loadDefinition } from '../../../rehearsal/asl/load.ts'
import type { TaskAnswer, TaskCall } from '../../../rehearsal/asl/task.ts'
import { type Clock, createClock } from '../../../rehearsal/clock.ts'

export const START = Date.UTC(2026, 0, 1)

export interface World {
  clock?: Clock
  input?: Json
  signal?: AbortSignal
  /** Default: every task answers its parameters. */
  perform?: (call: TaskCall) => Promise<TaskAnswer>
  random?: () => number
}

export const machine = (states: Record<string, object>, more: object = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0],
  States: states,
  ...more,
})

/** Starts a definition in the simplest world, changed as told. */
export function start(definition: object, world: World = {}): Execution & { clock: Clock } {
  const clock = world.clock ?? createClock({ drive: 'jump', start: START })
  const input = world.input ?? {}
  const arn = 'arn:aws:states:eu-west-1:111122223333'
  const execution = execute({
    machine: loadDefinition(JSON.stringify(definition)),
    input,
    clock,
    host: { perform: world.perform ?? (async call => ({ output: call.parameters })) },
    identity: {
      Execution: {
        Id: `${arn}:execution:tested:run`,
        Input: input,
        Name: 'run',
        RoleArn: 'arn:aws:iam::111122223333:role/tested',
        StartTime: new Date(clock.now()).toISOString(),
      },
      StateMachine: { Id: `${arn}:stateMachine:tested`, Name: 'tested' },
    },
    ...(world.signal ? { signal: world.signal } : {}),
    ...(world.random ? { random: world.random } : {}),
  })
  return { ...execution, clock }
}

export const types = ({ history }: Execution) => history.map(({ type }) => type)
