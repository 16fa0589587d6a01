/** The Amazon States Language as the engine runs it: JSONata states only, see {@link loadDefinition} for what is refused. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A constant, or the text of one JSONata expression between `{%` and `%}`. */
export type NumberOrExpression = number | string

export interface States {
  StartAt: string
  States: Record<string, State>
}

export interface Machine extends States {
  Comment?: string
  TimeoutSeconds?: number
}

export interface Retrier {
  ErrorEquals: string[]
  IntervalSeconds?: number
  BackoffRate?: number
  MaxAttempts?: number
  MaxDelaySeconds?: number
  JitterStrategy?: 'NONE' | 'FULL'
}

export interface Leaving {
  Output?: Json
  Assign?: Record<string, Json>
}

export interface Catcher extends Leaving {
  ErrorEquals: string[]
  Next: string
}

export interface ChoiceRule extends Leaving {
  Condition: boolean | string
  Next: string
}

interface Transition {
  Next?: string
  End?: true
}

interface Handling {
  Retry?: Retrier[]
  Catch?: Catcher[]
}

export interface TaskState extends Leaving, Transition, Handling {
  Type: 'Task'
  Resource: string
  Arguments?: Json
  Credentials?: Json
  TimeoutSeconds?: NumberOrExpression
  HeartbeatSeconds?: NumberOrExpression
}

export interface MapState extends Leaving, Transition, Handling {
  Type: 'Map'
  Items?: Json
  ItemSelector?: Json
  ItemProcessor: States
  MaxConcurrency?: NumberOrExpression
  ToleratedFailureCount?: NumberOrExpression
  ToleratedFailurePercentage?: NumberOrExpression
}

export interface ParallelState extends Leaving, Transition, Handling {
  Type: 'Parallel'
  Arguments?: Json
  Branches: States[]
}

export interface ChoiceState extends Leaving {
  Type: 'Choice'
  Choices: ChoiceRule[]
  Default?: string
}

export interface WaitState extends Leaving, Transition {
  Type: 'Wait'
  Seconds?: NumberOrExpression
  Timestamp?: string
}

export interface PassState extends Leaving, Transition {
  Type: 'Pass'
}

export interface SucceedState {
  Type: 'Succeed'
  Output?: Json
}

export interface FailState {
  Type: 'Fail'
  Error?: string
  Cause?: string
}

export type HandlingState = TaskState | MapState | ParallelState
export type State = HandlingState | ChoiceState | WaitState | PassState | SucceedState | FailState

/** One thing that is wrong with a definition; `unsupported` is right on AWS, but this engine does not run it. */
export interface Problem {
  kind: 'invalid' | 'unsupported'
  code: 'INVALID_JSON_DESCRIPTION' | 'SCHEMA_VALIDATION_FAILED' | 'MISSING_TRANSITION_TARGET' | 'DUPLICATE_STATE_NAME'
  message: string
  /** Where, as a JSON pointer into the definition. */
  at: string
}

/** What CreateStateMachine answers to a definition that it does not take. */
export class InvalidDefinition extends Error {
  readonly problems: Problem[]

  constructor(problems: Problem[]) {
    const all = problems.map(({ code, message, at }) => `${code}: ${message}${at ? ` at ${at}` : ''}`)
    super(`Invalid State Machine Definition: '${all.join(', ')}'`)
    this.name = 'InvalidDefinition'
    this.problems = problems
  }
}

/** How a resource is called and answered. `states` integrations carry the words of their history events. */
export type Integration =
  | { kind: 'function' }
  | { kind: 'service'; resourceType: string; resource: string; pattern: 'response' | 'sync' | 'callback' }

const SERVICE = 'arn:aws:states:::'

/** Undefined when the text is no resource that a Task state can have (or an activity). */
export function integrationOf(resource: string): Integration | undefined {
  if (/^arn:aws[\w-]*:lambda:/.test(resource)) return { kind: 'function' }
  if (!resource.startsWith(SERVICE)) return undefined
  const parts = resource.slice(SERVICE.length).split(':')
  const words = parts[0] === 'aws-sdk' ? 2 : 1
  const action = parts.slice(words).join(':')
  if (!action) return undefined
  const pattern = action.endsWith('.waitForTaskToken') ? 'callback' : /\.sync(:\d)?$/.test(action) ? 'sync' : 'response'
  return { kind: 'service', resourceType: parts.slice(0, words).join(':'), resource: action, pattern }
}
