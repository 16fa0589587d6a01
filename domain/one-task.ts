import { inWords } from './field.ts'

/** A task of our own as ECS describes it, as far as a decision needs it. */
export interface TaskFacts {
  /** ECS's own word. */
  status: string
  /** ECS was told to stop it, by whomever. */
  isStopping: boolean
  /** Since when, in ms; not always known. */
  stoppingAt?: number
  /** Some container of it has run, whether it counts or not. */
  hasStarted: boolean
  createdAt: number
  stopCode?: string
  stoppedReason?: string
  /** Those that count: the one that does the work, and all that are essential. Needed once it has stopped. */
  containers: EndedContainer[]
}

export interface EndedContainer {
  name: string
  /** Absent: it never started, or nobody knows how it ended. */
  exitCode?: number
  reason?: string
}

/** What is known of a task before ECS shows it. */
export interface Intent {
  /** When it was decided to run it, in ms. */
  at: number
  /** ARN of the task, once it is known. */
  task?: string | undefined
  /** When ECS was last asked to run it, and what it said instead of doing so; without that its answer is not known. */
  asked: { at: number; refused?: string | undefined; isFinal?: boolean | undefined }
}

export interface TaskLimit {
  now: number
  /** Longest time of the task, in ms, once ECS has made it; and of the wait for ECS to have room for it. */
  within: number
  /** Nobody asks ECS for it any more: what is not there now will not come. */
  isOver?: boolean
  /** Nobody needs it any more: it is stopped, whatever time it has left. */
  isUnwanted?: boolean
}

export type TaskEndKind = 'succeeded' | 'failed' | 'never-started' | 'unknown'
export type TaskVerdict =
  | { kind: 'running' }
  /** `because`: what ECS is told. */
  | { kind: 'stop'; because: string }
  /** `container`: whose log tells more. */
  | { kind: TaskEndKind; because: string; container?: string }

/**
 * ECS shows a task for an hour after its end. One that was asked for longer ago than this, and is not shown, may have run and
 * be forgotten.
 */
export const FORGOTTEN_MS = 50 * 60_000

/** Longest time that ECS is given to stop a task, of which nothing is known after it: its host may be out of reach for good. */
export const STOPPING_MS = 30 * 60_000

/** Facts first, the limit second: a task that ended by itself has ended so, however late it is looked at. */
export function judgeTask(intent: Intent, task: TaskFacts | undefined, limit: TaskLimit): TaskVerdict {
  const { now, within, isOver = false } = limit
  if (task?.status === 'STOPPED') return howItEnded(task, within)
  if (task?.isStopping) return whileStopping(task, limit)
  if (task && limit.isUnwanted) return { kind: 'stop', because: 'is not needed any more' }
  if (task) return now - task.createdAt >= within ? { kind: 'stop', because: whyStopped(within) } : { kind: 'running' }
  const { at, asked } = intent
  if (asked.refused !== undefined)
    return asked.isFinal || isOver || now - at >= within ? neverStarted(asked.refused) : { kind: 'running' }
  if (now - asked.at < FORGOTTEN_MS)
    return isOver && intent.task === undefined
      ? neverStarted('the release gave the stage back before ECS had made it')
      : { kind: 'running' }
  return intent.task === undefined
    ? { kind: 'unknown', because: 'it is not known whether the task ran: ECS shows none, and would have forgotten it' }
    : { kind: 'unknown', because: 'it is not known how the task ended: ECS shows it no more' }
}

/** Whether ECS may be asked for the task (again): not once it has refused for good, nor where it may have run unseen. */
export function mayBeAsked({ at, asked }: Intent, { now, within }: TaskLimit): boolean {
  if (asked.refused !== undefined) return !asked.isFinal && now - at < within
  return now - asked.at < FORGOTTEN_MS
}

/** Whether what ECS says instead of running a task may be over in a while. */
export function mayPass(reason: string): boolean {
  return /^RESOURCE:|^AGENT$|capacity|limit on the number of/i.test(reason)
}

/** What ECS is told when a task of ours takes too long. */
export function whyStopped(within: number): string {
  return `was stopped after ${inWords(within)}, the longest time that it is given`
}

function whileStopping({ stoppingAt, createdAt }: TaskFacts, { now, within }: TaskLimit): TaskVerdict {
  if (now - (stoppingAt ?? createdAt + within) < STOPPING_MS) return { kind: 'running' }
  const since = `ECS was told to stop it, and has not done so within ${inWords(STOPPING_MS)}`
  return { kind: 'unknown', because: `it is not known how the task ends: ${since}; it may still run` }
}

function howItEnded({ containers, hasStarted, stopCode, stoppedReason = '' }: TaskFacts, within: number): TaskVerdict {
  const failed = containers.filter(({ exitCode }) => exitCode !== undefined && exitCode !== 0)
  // What ends first takes the others with it, by a signal.
  const first = failed.find(({ exitCode = 0 }) => !(exitCode in SIGNALS)) ?? failed[0]
  const silent = containers.find(({ exitCode }) => exitCode === undefined)
  if (!hasStarted) return neverStarted(trimmed(silent?.reason ?? stoppedReason) || 'ECS gives no reason')
  const words: string[] = []
  if (stoppedReason === whyStopped(within)) words.push(`the task ${stoppedReason}`)
  // Whoever is told to stop may well end with 0 and yet have done half of its work.
  else if (stopCode !== undefined && stopCode !== 'EssentialContainerExited')
    words.push(`the task was stopped (${stopCode}${stoppedReason ? `: ${trimmed(stoppedReason)}` : ''})`)
  if (first)
    words.push(
      `container ${first.name} ended with exit code ${first.exitCode}${words.length > 0 ? '' : inPlainWords(first)}`,
    )
  if (silent && !first) words.push(`container ${silent.name} has no exit code${saying(silent)}`)
  if (words.length === 0) return { kind: 'succeeded', because: 'the task ended with 0' }
  // PostgreSQL, for one, finishes a statement whose client is gone.
  if ((first?.exitCode ?? 0) in SIGNALS) words.push('what it had last asked of the database may still run there')
  const container = (first ?? silent ?? containers[0])?.name
  return { kind: 'failed', because: words.join('; '), ...(container !== undefined && { container }) }
}

function neverStarted(why: string): TaskVerdict {
  return { kind: 'never-started', because: `the task never started: ${why}` }
}

const SIGNALS: Record<number, string> = {
  137: 'killed: out of memory, or SIGKILL',
  139: 'it crashed: SIGSEGV',
  143: 'told to stop: SIGTERM',
}

function inPlainWords(container: EndedContainer): string {
  const words = SIGNALS[container.exitCode ?? 0]
  return `${words ? ` (${words})` : ''}${saying(container)}`
}

const saying = ({ reason }: EndedContainer) => (reason ? `: ${trimmed(reason)}` : '')
const trimmed = (sentence: string) => sentence.replace(/\.$/, '')
