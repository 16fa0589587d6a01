import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { difference, isObject } from './match.ts'

/** An event as the cases write it: flat, with parsed JSON. */
export interface FlatEvent {
  type: string
  id?: number
  prev?: number
  unordered?: boolean
  [field: string]: unknown
}

const COMPARED = [
  ...['input', 'output', 'parameters', 'assignedVariables', 'error', 'cause', 'location', 'state', 'resource', 'name'],
  ...['resourceType', 'heartbeatInSeconds', 'timeoutInSeconds', 'length', 'index'],
]
const JSON_TEXT = ['input', 'output', 'parameters']

export function flat(event: HistoryEvent): FlatEvent {
  const details: unknown = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1]
  const flattened: FlatEvent = { type: event.type ?? '', id: event.id ?? 0, prev: event.previousEventId ?? 0 }
  for (const [field, value] of Object.entries(isObject(details) ? details : {})) {
    const name = field === 'name' && /State(Entered|Exited)$/.test(flattened.type) ? 'state' : field
    if (COMPARED.includes(name)) flattened[name] = parsedField(name, value)
  }
  return flattened
}

function parsedField(name: string, value: unknown): unknown {
  if (JSON_TEXT.includes(name) && typeof value === 'string') return JSON.parse(value)
  if (name !== 'assignedVariables' || !isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([variable, text]) => [variable, JSON.parse(String(text))]))
}

/** The first difference of two histories. Where lines run side by side, order and ids do not count. */
export function historyDifference(recorded: FlatEvent[], events: FlatEvent[], concurrent: boolean): string | undefined {
  return concurrent ? setDifference(recorded, events) : difference(recorded, events, 'history')
}

function setDifference(recorded: FlatEvent[], events: FlatEvent[]): string | undefined {
  const left = events.map(withoutOrder)
  for (const event of recorded.map(withoutOrder)) {
    const at = left.findIndex(candidate => difference(event, candidate) === undefined)
    if (at < 0) return `history: nothing like ${JSON.stringify(event).slice(0, 300)}`
    left.splice(at, 1)
  }
  // Some sorted recordings miss events: their ids leave gaps.
  const gaps = Math.max(0, ...recorded.map(({ id }) => id ?? 0)) - recorded.length
  const [extra] = left
  return extra && left.length > Math.max(0, gaps)
    ? `history: not recorded: ${JSON.stringify(extra).slice(0, 300)}`
    : undefined
}

function withoutOrder({ id: _id, prev: _prev, unordered: _unordered, ...event }: FlatEvent): FlatEvent {
  return event as FlatEvent
}
