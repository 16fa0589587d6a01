import type { HistoryEvent, SFNClient } from '@aws-sdk/client-sfn'
import type { Place } from '../place.ts'

/** An execution of a version that has missed its heartbeat twice, and waits for a token now. */
export interface Waiting extends Pick<Place, 'pause'> {
  sfn: SFNClient
  machineArn: string
  versionArn: string
  executionArn: string
  history(): Promise<HistoryEvent[]>
  status(): Promise<string | undefined>
}

/** One attempt of a state, as the history tells it. */
export interface Attempt {
  state: string
  heartbeat: number | undefined
  token: string
  entered: string
  /** Of the last one: the error that led to it. */
  caught: string
}

export async function attemptsOf({ history }: Pick<Waiting, 'history'>): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  let state = ''
  for (const { stateEnteredEventDetails: entered, taskScheduledEventDetails: scheduled } of await history()) {
    if (entered?.name !== undefined) state = entered.name
    if (scheduled) attempts.push({ state, heartbeat: scheduled.heartbeatInSeconds, ...detailIn(scheduled.parameters) })
  }
  return attempts
}

/** What the attempt told of itself in its event. */
function detailIn(parameters = '{}'): Pick<Attempt, 'token' | 'entered' | 'caught'> {
  const { Entries: [entry] = [] } = JSON.parse(parameters) as { Entries?: { Detail?: unknown }[] }
  const detail = typeof entry?.Detail === 'string' ? JSON.parse(entry.Detail) : entry?.Detail
  const { token = '', entered = '', caught = '' } = (detail ?? {}) as Partial<Attempt>
  return { token, entered, caught }
}
