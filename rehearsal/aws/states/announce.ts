import type { EventBus } from '../service.ts'
import { failureOf, type Running, statusOf } from './executions.ts'

const LARGEST_DATA = 248 * 1024

/** Tells the bus of an execution's status, with input and output as far as they fit into an event. */
export function announce(bus: EventBus, running: Running): void {
  const { arn, name, revision, outcome, startDate, stopDate } = running
  const output = outcome?.status === 'SUCCEEDED' ? JSON.stringify(outcome.output) : null
  const failed = failureOf(running)
  const outputFits = escapedSize(output) <= LARGEST_DATA
  const inputFits = escapedSize(running.input) + (outputFits ? escapedSize(output) : 0) <= LARGEST_DATA
  const status = statusOf(running)
  const redrivable = status !== 'RUNNING' && status !== 'SUCCEEDED'
  bus.publish({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: revision.stateMachineArn,
      stateMachineVersionArn: revision.versionArn ?? null,
      stateMachineAliasArn: null,
      name,
      status,
      startDate: startDate.getTime(),
      stopDate: stopDate?.getTime() ?? null,
      input: inputFits ? running.input : null,
      inputDetails: { included: inputFits },
      output: outputFits ? output : null,
      outputDetails: output === null ? null : { included: outputFits },
      error: failed.error ?? null,
      cause: failed.cause ?? null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      redriveStatusReason: redrivable ? null : `Execution is ${status} and cannot be redriven`,
    },
  })
}

function escapedSize(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(JSON.stringify(text))
}
