import type { HistoryEvent } from '@aws-sdk/client-sfn'

/** A wait of an execution: from when its state was entered until it was left, ms of AWS time. */
export interface Wait {
  /** The state's name. */
  state: string
  from: number
  to: number
  /** When it began to look anew. */
  looks: number[]
}

/** From the push to the release's first state; a lost push is found by the look for images. */
export const START = 'the start'
export const LOOK_EVERY_MS = 15 * 60_000

/** After that much quiet a state looks by itself (P3): what a run's own history says may be wrong. */
export function heartbeatOf(state: string): number {
  if (state === START) return LOOK_EVERY_MS
  return (BEATS[state] ?? 60) * 1000
}
const BEATS: Readonly<Record<string, number>> = {
  ...{ RequestApproval: 3_600, LockStage: 300, TakeLease: 300, ShiftTraffic: 20, WatchAlarms: 20 },
}

/** One at a time: the machines wait nowhere in two branches at once. */
export function waitsIn(history: readonly HistoryEvent[]): Wait[] {
  const waits: Wait[] = []
  let entered: Pick<Wait, 'state' | 'from' | 'looks'> | undefined
  for (const event of history) {
    const at = Number(event.timestamp)
    if (event.type === 'TaskStateEntered')
      entered = { state: event.stateEnteredEventDetails?.name ?? '', from: at, looks: [] }
    if (event.taskScheduledEventDetails?.heartbeatInSeconds) entered?.looks.push(at)
    if (event.type !== 'TaskStateExited' || !entered) continue
    if (entered.looks.length > 0) waits.push({ ...entered, to: at })
    entered = undefined
  }
  return waits
}

/** A wait is tried again a second after its heartbeat, and what was found takes its time. */
const AGAIN_MS = 3_000

/**
 * Where more than one heartbeat was waited for an event that was lost, beside what the same state waits when none is. `lost`:
 * when events were, ms.
 */
export function lateIn(waits: readonly Wait[], quiet: readonly Wait[], lost: readonly number[]): string[] {
  const usual = totals(quiet, [])
  return [...totals(waits, lost)].flatMap(([state, { waitedMs, mayLoseMs }]) => {
    const quietMs = usual.get(state)?.waitedMs
    if (quietMs === undefined || waitedMs <= quietMs + mayLoseMs + AGAIN_MS) return []
    return [`${state} took ${seconds(waitedMs)} s, ${seconds(quietMs)} s where no event is lost`]
  })
}

function totals(waits: readonly Wait[], lost: readonly number[]) {
  const known = new Map<string, { waitedMs: number; mayLoseMs: number }>()
  for (const { state, from, to, looks } of waits) {
    const { waitedMs = 0, mayLoseMs = 0 } = known.get(state) ?? {}
    // The next look finds all that was lost since the last.
    const before = lost.filter(at => at >= from && at <= to).map(at => looks.findLastIndex(look => look <= at))
    const may = new Set(before).size * (heartbeatOf(state) + AGAIN_MS)
    known.set(state, { waitedMs: waitedMs + to - from, mayLoseMs: mayLoseMs + may })
  }
  return known
}

const seconds = (ms: number) => Math.round(ms / 1000)
