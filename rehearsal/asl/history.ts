import type { HistoryEvent } from '@aws-sdk/client-sfn'
import type { Json } from './definition.ts'
import { StateFailure } from './failure.ts'

const MOST_EVENTS = 25_000
const LARGEST_PAYLOAD = 262_144
const WHOLE = { truncated: false }

/** The details of an event, without what every event has. */
export type EventDetails = Omit<HistoryEvent, 'timestamp' | 'type' | 'id' | 'previousEventId'>

/** The execution has as many events as one may have. Not an error of the language: nothing catches it. */
export class HistoryFull extends Error {}

/** What happened in one execution, as GetExecutionHistory tells it. */
export class History {
  readonly events: HistoryEvent[] = []
  readonly #now: () => number
  readonly #told: ((event: HistoryEvent) => void) | undefined

  constructor(now: () => number, told?: (event: HistoryEvent) => void) {
    this.#now = now
    this.#told = told
  }

  /** Adds an event and returns its id; the last one there is room for is the end. */
  add(type: NonNullable<HistoryEvent['type']>, previousEventId: number, details: EventDetails = {}): number {
    if (this.events.length >= MOST_EVENTS - 1) throw new HistoryFull()
    return this.#append(type, previousEventId, details)
  }

  /** The event with which the execution ends. */
  end(type: NonNullable<HistoryEvent['type']>, previousEventId: number, details: EventDetails): void {
    this.#append(type, previousEventId, details)
  }

  #append(type: NonNullable<HistoryEvent['type']>, previousEventId: number, details: EventDetails): number {
    const id = this.events.length + 1
    const event = { timestamp: new Date(this.#now()), type, id, previousEventId, ...details }
    this.events.push(event)
    this.#told?.(event)
    return id
  }
}

export function inputOf(input: Json): { input: string; inputDetails: typeof WHOLE } {
  return { input: JSON.stringify(input), inputDetails: WHOLE }
}

export function outputOf(output: Json): { output: string; outputDetails: typeof WHOLE } {
  return { output: JSON.stringify(output), outputDetails: WHOLE }
}

export function assignedOf(assigned: Record<string, Json>): EventDetails['stateExitedEventDetails'] | object {
  const entries = Object.entries(assigned)
  if (entries.length === 0) return {}
  const assignedVariables = Object.fromEntries(entries.map(([name, value]) => [name, JSON.stringify(value)]))
  return { assignedVariables, assignedVariablesDetails: WHOLE }
}

export function errorOf({ error, detail }: Pick<StateFailure, 'error' | 'detail'>): { error?: string; cause?: string } {
  return { ...(error === undefined ? {} : { error }), ...(detail === undefined ? {} : { cause: detail }) }
}

/** Throws States.DataLimitExceeded when a payload is larger than 256 KiB. */
export function withinLimit(payload: Json, what: string): Json {
  if (Buffer.byteLength(JSON.stringify(payload)) <= LARGEST_PAYLOAD) return payload
  throw new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  )
}
