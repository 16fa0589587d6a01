import type { HistoryEvent } from '@aws-sdk/client-sfn'
import type { Rehearsal } from '../../rehearsal/index.ts'

/** One wait that an event of ECS has ended: AWS milliseconds of each part of the way to the next state. */
export interface WakeUp {
  /** Whether every environment had just been killed. */
  cold: boolean
  parts: {
    /** The event has left the bus; Lambda starts Wake. */
    'Wake is started': number
    /** Wake finds who waits, and asks for its step. */
    'Wake asks for the step': number
    'the step is started': number
    /** The step looks, and sends that its task is done. */
    'the step says that it is done': number
    'the next state is entered': number
  }
}

interface Seen {
  /** Event → when the bus handed it to a function. */
  left: Map<string, number>
  /** Wakes: when one started, with which event. */
  woke: { at: number; event: string }[]
  /** Token → when its step was asked for, started, and had the task done. */
  asked: Map<string, number[]>
  started: Map<string, number[]>
  done: Map<string, number>
  killed: number[]
}

/** Between a kill and the event that meets it. */
const COLD_FOR_MS = 5_000

/** Listens at the doors of the services, and kills every environment just before those deployments are announced that `isCold` says, counted from 1. */
export function listen(rehearsal: Rehearsal, isCold: (number: number) => boolean) {
  const seen: Seen = { left: new Map(), woke: [], asked: new Map(), started: new Map(), done: new Map(), killed: [] }
  listenToBus(rehearsal, seen, isCold)
  listenToLambda(rehearsal, seen)
  listenToTokens(rehearsal, seen)
  const found: WakeUp[] = []
  return {
    found,
    /** Adds the waits of an execution that has ended. */
    read(history: readonly HistoryEvent[]): void {
      for (const [at, { taskScheduledEventDetails: details }] of history.entries()) {
        const token = tokenIn(details?.parameters ?? '')
        const entered = history.slice(at).find(({ type = '' }) => type.endsWith('StateEntered'))?.timestamp
        const wakeUp = token && entered && wakeUpOf(seen, token, entered.getTime())
        if (wakeUp) found.push(wakeUp)
      }
    },
  }
}

function listenToBus({ clock, events, lambda }: Rehearsal, seen: Seen, isCold: (number: number) => boolean): void {
  let deployments = 0
  const decide = events.faults
  events.faults = (event, rule) => {
    const { eventName } = event.detail as { eventName?: string }
    if (eventName === 'SERVICE_DEPLOYMENT_COMPLETED' && !seen.left.has(event.id)) {
      seen.left.set(event.id, Number.NaN)
      if (isCold(++deployments)) {
        seen.killed.push(clock.now())
        void lambda.killAll()
      }
    }
    return decide(event, rule)
  }
  const deliver = lambda.invokeLater
  lambda.invokeLater = (functionArn, payload, source) => {
    const { id } = payload as { id?: string }
    if (id && functionArn.includes('Wake')) seen.left.set(id, clock.now())
    deliver(functionArn, payload, source)
  }
}

function listenToLambda({ clock, lambda }: Rehearsal, seen: Seen): void {
  const decide = lambda.faults
  lambda.faults = (version, payload) => {
    if (version.name.includes('Wake')) seen.woke.push({ at: clock.now(), event: JSON.parse(payload).id })
    const token = wokenToken(payload)
    if (token) push(seen.started, token, clock.now())
    return decide(version, payload)
  }
  const { Invoke: invoke } = lambda.operations
  if (!invoke) throw new Error('lambda:Invoke is not rehearsed')
  lambda.operations.Invoke = (input, caller) => {
    const { Payload } = input as { Payload?: Uint8Array }
    const token = Payload && wokenToken(Buffer.from(Payload).toString())
    if (token) push(seen.asked, token, clock.now())
    return invoke(input, caller)
  }
}

function listenToTokens({ clock, states }: Rehearsal, seen: Seen): void {
  const { SendTaskSuccess: succeed } = states.operations
  if (!succeed) throw new Error('states:SendTaskSuccess is not rehearsed')
  states.operations.SendTaskSuccess = (input, caller) => {
    const { taskToken } = input as { taskToken?: string }
    if (taskToken) seen.done.set(taskToken, clock.now())
    return succeed(input, caller)
  }
}

/** Undefined: the wait was not ended by an event. */
function wakeUpOf(seen: Seen, token: string, entered: number): WakeUp | undefined {
  const done = seen.done.get(token) ?? Number.NaN
  const started = lastBefore(seen.started.get(token), done)
  const asked = lastBefore(seen.asked.get(token), started)
  const woke = seen.woke.findLast(({ at }) => at <= (asked ?? Number.NaN))
  const left = woke && seen.left.get(woke.event)
  if (started === undefined || asked === undefined || woke === undefined || left === undefined) return undefined
  return {
    cold: seen.killed.some(at => at <= left && left - at < COLD_FOR_MS),
    parts: {
      'Wake is started': woke.at - left,
      'Wake asks for the step': asked - woke.at,
      'the step is started': started - asked,
      'the step says that it is done': done - started,
      // A history tells whole milliseconds.
      'the next state is entered': entered - Math.floor(done),
    },
  }
}

const lastBefore = (moments: number[] = [], end = Number.NaN) => moments.findLast(at => at <= end)

function push(map: Map<string, number[]>, key: string, at: number): void {
  map.set(key, [...(map.get(key) ?? []), at])
}

function tokenIn(parameters: string): string | undefined {
  return /"token":"([^"]+)"/.exec(parameters)?.[1]
}

function wokenToken(payload: string): string | undefined {
  return payload.includes('"check"') ? (JSON.parse(payload).check?.token as string | undefined) : undefined
}
