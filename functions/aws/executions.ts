import {
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn'
import { perInstallation } from './installation.ts'

const client = perInstallation(() => new SFNClient({}))

/** Executions of the machine, the newest first. `since` (ms): none that started earlier is of interest. */
export async function listExecutions(stateMachineArn: string, since = 0): Promise<ExecutionListItem[]> {
  const found: ExecutionListItem[] = []
  let nextToken: string | undefined
  do {
    const page = await client().send(new ListExecutionsCommand({ stateMachineArn, nextToken }))
    const fresh = (page.executions ?? []).filter(({ startDate }) => Number(startDate ?? 0) >= since)
    found.push(...fresh)
    nextToken = fresh.length === page.executions?.length ? page.nextToken : undefined
  } while (nextToken)
  return found
}

/** The whole history, from its first event on. */
export async function historyOf(executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = []
  let nextToken: string | undefined
  do {
    const page = await client().send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken }))
    events.push(...(page.events ?? []))
    nextToken = page.nextToken
  } while (nextToken)
  return events
}
