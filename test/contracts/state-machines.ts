import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'

export const ROOT = resolve(import.meta.dirname, '../..')

export interface Retrier {
  ErrorEquals: string[]
  IntervalSeconds?: number
  BackoffRate?: number
  MaxDelaySeconds?: number
  MaxAttempts?: number
  JitterStrategy?: string
}

/** The fields of states that the contracts speak of. */
export interface State {
  Type: string
  Resource?: string
  /** Seconds, or an expression that gives them. */
  HeartbeatSeconds?: number | string
  TimeoutSeconds?: number
  Arguments?: { FunctionName?: string; StateMachineArn?: string }
  Retry?: Retrier[]
  Catch?: { ErrorEquals: string[]; Next: string }[]
  Error?: string
  Choices?: { Condition: string; Next: string }[]
  Default?: string
  Next?: string
  /** An expression. */
  Output?: string
  Items?: string
  MaxConcurrency?: number
  States?: Record<string, State>
  ItemProcessor?: { States: Record<string, State> }
}

export interface Named extends State {
  machine: string
  name: string
}

/** Every state of the definition, those inside its Maps too. */
export function statesOf(machine: 'release' | 'rollback'): Named[] {
  const text = readFileSync(resolve(ROOT, `statemachines/${machine}.asl.yaml`), 'utf8')
  const inside = (states: Record<string, State>): Named[] =>
    Object.entries(states).flatMap(([name, state]) => [
      { machine, name, ...state },
      ...inside(state.ItemProcessor?.States ?? {}),
    ])
  return inside((parse(text, { merge: true }) as { States: Record<string, State> }).States)
}

export const ALL_STATES = [...statesOf('release'), ...statesOf('rollback')]
export const TASKS = ALL_STATES.filter(({ Type }) => Type === 'Task')
/** Task states that call a function; the one that starts the rollback calls none. */
export const STEPS = TASKS.filter(({ Resource }) => Resource?.includes(':lambda:'))
export const WAITING = STEPS.filter(({ Resource }) => Resource?.endsWith('.waitForTaskToken'))

/** `RunSmokeTests` → `run-smoke-tests`. */
export function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter, at) => `${at > 0 ? '-' : ''}${letter.toLowerCase()}`)
}
