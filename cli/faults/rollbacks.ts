import { DescribeExecutionCommand, type DescribeExecutionCommandOutput, SFNClient } from '@aws-sdk/client-sfn'
import type { Outcome } from '../../domain/outcome.ts'
import { underWay } from '../../domain/rollback-request.ts'
import type { RollbackEntry } from '../../functions/aws/stage-ledger.ts'

/** Rollbacks that people started, by their outcomes, the oldest first; undefined: it has none. */
export interface Rollbacks {
  /** As their executions ended; of one that was stopped, or that somebody else went on with, as the ledger says. */
  rollbacks: (Outcome | undefined)[]
  /** As the ledger says of the same. */
  rollbacksTold: (Outcome | undefined)[]
}

type Execution = Pick<DescribeExecutionCommandOutput, 'name' | 'input' | 'output' | 'status' | 'error' | 'cause'>
const ANOTHERS = new RegExp(`^${underWay('\\S+')}`)

/** `executions`: ARNs of the rollback machine's, the oldest first. */
export async function personsRollbacks(executions: string[], ledger: RollbackEntry[]): Promise<Rollbacks> {
  const described: Execution[] = []
  for (const executionArn of executions)
    described.push(await new SFNClient({}).send(new DescribeExecutionCommand({ executionArn })))
  return rollbacksIn(described, ledger)
}

export function rollbacksIn(executions: readonly Execution[], ledger: readonly RollbackEntry[]): Rollbacks {
  // Whoever went on with it in the end says how it ended.
  const told = new Map(ledger.flatMap(({ chosen, end }) => (chosen ? [[chosen.asked, end?.outcome] as const] : [])))
  return {
    rollbacks: executions.flatMap(execution => wayBack(execution, told)),
    rollbacksTold: [...told.values()],
  }
}

/** Empty where it was no way back of its own: handed over by a release, refused, or answered with the end of another one. */
function wayBack(
  { name = '', input = '{}', output = '{}', status, error, cause = '' }: Execution,
  told: ReadonlyMap<string, Outcome | undefined>,
): (Outcome | undefined)[] {
  if (JSON.parse(input).lease || error === 'refused') return []
  if (status === 'FAILED') return ANOTHERS.test(cause) ? [] : ['rollback-failed']
  const { kind, outcome } = JSON.parse(output)
  if (kind === 'reported') return []
  const isOver = status === 'SUCCEEDED' && outcome !== 'aborted'
  return isOver ? [outcome] : told.has(name) ? [told.get(name)] : []
}
