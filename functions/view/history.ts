import type { HistoryEvent } from '@aws-sdk/client-sfn'

/** One state of a machine that called something, as its execution's history tells it. */
export interface Step {
  /** The state's name. */
  name: string
  state: 'running' | 'done' | 'failed'
  /** Milliseconds since the epoch. */
  from: number
  to?: number
  /** How often the state was tried again, for whatever reason. */
  retries: number
  /** What the state was left with. */
  output?: unknown
  /** What went wrong last, where it failed. */
  because?: string
}

/** What one execution has done so far. */
export interface Told {
  /** Before the first stage and after the last. */
  outside: Step[]
  /** By place in the list of stages. */
  stages: Step[][]
  /** What Step Functions bills: every state that was entered, and every further try. */
  transitions: number
}

const FAILURES = /^(Task|LambdaFunction)(Failed|TimedOut|StartFailed|SubmitFailed|ScheduleFailed)$/

/** Reads a history from its first event on. The stages of a machine are the iterations of its one Map, in order. */
export function readHistory(events: readonly HistoryEvent[]): Told {
  const told: Told = { outside: [], stages: [], transitions: 0 }
  let current: { step: Step; tries: number; failed: boolean } | undefined
  let stage: Step[] | undefined
  for (const event of events) {
    const { type = '', timestamp = new Date(0) } = event
    if (type.endsWith('StateEntered')) told.transitions++
    if (type === 'MapIterationStarted') {
      stage = []
      told.stages.push(stage)
    }
    if (type.startsWith('MapIteration') && type !== 'MapIterationStarted') stage = undefined
    if (type === 'TaskStateEntered') {
      const name = event.stateEnteredEventDetails?.name ?? ''
      current = { step: enter(stage ?? told.outside, name, timestamp), tries: 0, failed: false }
    }
    if (!current) continue
    if (type === 'TaskScheduled' && current.tries++ > 0) {
      current.step.retries++
      told.transitions++
    }
    if (type === 'TaskScheduled' || type === 'TaskSucceeded') current.failed = false
    if (FAILURES.test(type)) {
      current.failed = true
      current.step.because = failureIn(event)
    }
    if (type === 'TaskStateExited') {
      leave(current.step, timestamp, current.failed, event.stateExitedEventDetails?.output)
      current = undefined
    }
    if (/^Execution(Failed|Aborted|TimedOut)$/.test(type)) leave(current?.step, timestamp, true)
  }
  return told
}

/** A state that is entered again at once, for its next round, goes on. */
function enter(steps: Step[], name: string, at: Date): Step {
  const last = steps.at(-1)
  if (last?.name === name && last.state === 'done') {
    const { to: _, output: __, ...again } = last
    const step: Step = { ...again, state: 'running' }
    steps[steps.length - 1] = step
    return step
  }
  const step: Step = { name, state: 'running', from: at.getTime(), retries: 0 }
  steps.push(step)
  return step
}

function leave(step: Step | undefined, at: Date, failed: boolean, output?: string): void {
  if (!step) return
  step.state = failed ? 'failed' : 'done'
  step.to = at.getTime()
  if (output !== undefined) step.output = JSON.parse(output)
  if (!failed) delete step.because
}

function failureIn(event: HistoryEvent): string {
  const details = event.taskFailedEventDetails ?? event.taskTimedOutEventDetails ?? event.taskSubmitFailedEventDetails
  return details?.cause ?? details?.error ?? event.type ?? ''
}
