import type { Rehearsal } from '../../rehearsal/index.ts'
import type { Installation } from '../installation.ts'
import type { Call, Ears } from './ears.ts'

/** The executions of both machines, as Step Functions announces them. */
export interface Executions {
  /** ARN → its status, in the order of their starts. */
  all(): ReadonlyMap<string, string>
  /** Of releases, so far. */
  started(): number
  areOver(): boolean
  /** The one in whose state a function is called; undefined: it has ended, or the call comes from elsewhere. */
  thatCalls(call: Call): string | undefined
  /** As a person does in the console; returns what says whether that has ended it. */
  stop(execution: string): () => boolean
}

export function followExecutions(
  { states, clock }: Pick<Rehearsal, 'states' | 'clock'>,
  ears: Ears,
  { releaseMachine }: Installation,
): Executions {
  const known = new Map<string, string>()
  ears.announced.push(({ 'detail-type': type, detail }) => {
    if (type === 'Step Functions Execution Status Change') known.set(String(detail.executionArn), String(detail.status))
  })
  const isRunning = (arn: string) => known.get(arn) === 'RUNNING'
  const prefix = `${releaseMachine.replace(':stateMachine:', ':execution:')}:`
  const isRelease = (arn: string) => arn.startsWith(prefix)
  return {
    all: () => known,
    started: () => [...known.keys()].filter(isRelease).length,
    areOver: () => ![...known.keys()].some(isRunning),
    thatCalls({ payload }) {
      const named = executionIn(payload) ?? [...known.keys()].findLast(arn => isRelease(arn) && isRunning(arn))
      return named !== undefined && isRunning(named) ? named : undefined
    },
    stop(executionArn) {
      const order = { executionArn, error: 'Stopped', cause: 'somebody stopped it' }
      let has = false
      void clock.during('stop an execution', async () => {
        // One that has ended is not stopped any more, and Step Functions says nothing of it.
        if (!isRunning(executionArn)) return
        await states.operations.StopExecution?.(order, { principal: 'operator' })
        has = known.get(executionArn) === 'ABORTED'
      })
      return () => has
    },
  }
}

/** Steps that wait are told their execution; those that close are told which ends. */
function executionIn(payload: unknown): string | undefined {
  const { execution, executions, check } = payload as {
    execution?: string
    executions?: string[]
    check?: { execution: string }
  }
  return execution ?? check?.execution ?? executions?.[0]
}
