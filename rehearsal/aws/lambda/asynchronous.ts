import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { AwsError, type LogWriter } from '../service.ts'
import type { Queue } from '../sqs/queue.ts'
import type { Answer } from './answers.ts'
import type { ExecutionRole } from './execution-role.ts'
import type { Target, Version } from './functions.ts'
import { letterOf } from './letter.ts'

export interface AsyncSettings {
  /** 0 to 2; 2 if absent. */
  maximumRetryAttempts?: number
  /** 60 to 21,600; 21,600 if absent. */
  maximumEventAgeInSeconds?: number
}

export interface QueueOptions {
  clock: Clock
  logs: LogWriter
  run: (target: Target, payload: string, id: string) => Promise<Answer>
  queues: { queue(arn: string): Queue | undefined }
  role: Pick<ExecutionRole, 'maySendTo'>
  onSurprise: (error: unknown) => void
}

interface Accepted {
  target: Target
  payload: string
  /** Every attempt has the same request id. */
  id: string
  at: number
}

const RETRY_AFTER_MS = [60_000, 120_000]
/** Lambda's first wait; it would grow to five minutes. */
const REFUSED_RETRY_MS = 1000

/** How fast Lambda works its queue off is its own affair; a burst of events as a burst of processes would fill this machine. */
const AT_ONCE = 2

/** The errors that are Lambda's own: the function did not even begin. */
const REFUSALS = ['TooManyRequestsException', 'ServiceException']

function refused(error: unknown): 'refused' {
  if (error instanceof AwsError && REFUSALS.includes(error.name)) return 'refused'
  throw error
}

const keyOf = ({ name, version }: Version) => `${name}:${version}`

/** Lambda's queue of asynchronous invocations. What still fails after its last attempt goes to the dead-letter queue of the version, if it has one and its role may send there; a line in the function's log says so either way. */
export function createQueue({ clock, logs, run, queues, role, onSurprise }: QueueOptions) {
  const settings = new Map<string, AsyncSettings>()

  const waiting: (() => void)[] = []
  let running = 0

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < AT_ONCE) running++
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  async function attempt(event: Accepted, number: number): Promise<void> {
    const { target, payload, id, at } = event
    const answer = await inTurn(() => run(target, payload, id)).catch(refused)
    if (answer === 'refused') return schedule(event, number, REFUSED_RETRY_MS)
    if (!('failed' in answer)) return
    const { maximumRetryAttempts = 2, maximumEventAgeInSeconds = 21_600 } = settings.get(keyOf(target.version)) ?? {}
    const wait = RETRY_AFTER_MS[number]
    const tooOld = wait === undefined || clock.now() + wait - at > maximumEventAgeInSeconds * 1000
    if (number < maximumRetryAttempts && !tooOld) schedule(event, number + 1, wait)
    else giveUp(event, answer.failed, number + 1)
  }

  function giveUp({ target: { version }, payload, id }: Accepted, failed: string, attempts: number): void {
    logs(version.logGroup, 'dropped', `RequestId: ${id} dropped after ${attempts} attempts: ${failed}`)
    const letters = version.deadLetterArn && queues.queue(version.deadLetterArn)
    if (letters && role.maySendTo(letters.arn, version)) letters.send(letterOf({ payload, id, failed }))
  }

  function schedule(event: Accepted, number: number, wait: number): void {
    clock.timer(wait, () => attempt(event, number).catch(onSurprise))
  }

  return {
    accept(target: Target, payload: string): void {
      schedule({ target, payload, id: randomUUID(), at: clock.now() }, 0, 0)
    },
    configure(version: Version, given: AsyncSettings): void {
      settings.set(keyOf(version), given)
    },
  }
}
