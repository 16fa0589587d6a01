import { createHash } from 'node:crypto'
import type { About, Notification, Transition } from '../events/notification.ts'
import { isTold, recordTold } from './aws/told.ts'
import { publish } from './aws/topics.ts'
import { forgetUnsent, keepUnsent, unsent } from './aws/unsent.ts'
import { environment } from './environment.ts'
import { logger } from './step.ts'

/**
 * Tells whoever listens, over the one topic. The same transition has the same id however often it is told. A message that
 * cannot be sent is kept, and sent by the next look for what was left behind; telling people never holds up or fails a
 * release. Says whether it was sent at once.
 */
export async function tell(about: About, transition: Transition): Promise<boolean> {
  const { app, release, attempt, tag, rollback } = about
  const told: Notification = {
    id: idOf(about, transition),
    at: Date.now(),
    about: { app, release, attempt, tag, ...(rollback !== undefined && { rollback }) },
    transition,
  }
  const isNow = await isSent(told)
  if (!isNow) await keep(told)
  return isNow
}

/** Sends what was kept, unless its step has sent it meanwhile; what still cannot be sent stays, for a day. Says how much is told now. */
export async function tellUnsent(): Promise<number> {
  const { kept, unreadable } = await unsent()
  // Written by another version of this code: it stays as unreadable as it is, and would be looked at for ever.
  for (const { id, told } of unreadable) {
    logger.error('nobody was told, and nobody will be, for what was kept cannot be read', { notification: id, told })
    await forgetUnsent(id)
  }
  let sent = 0
  for (const told of kept) {
    const isNow = (await isTold(told.id)) || (await isSent(told))
    if (isNow) sent += 1
    const isOld = Date.now() - told.at > KEPT_FOR_MS
    if (isOld && !isNow) logger.error('nobody was told, and nobody will be', { notification: told.id })
    if (isNow || isOld) await forgetUnsent(told.id)
  }
  return sent
}

/** Whoever hears of a release a day late acts on what is not so any more. */
const KEPT_FOR_MS = 24 * 3_600_000

async function isSent(told: Notification): Promise<boolean> {
  const { app } = told.about
  try {
    await publish(environment('NOTIFICATIONS'), {
      text: JSON.stringify(told),
      attributes: { app, kind: told.transition.kind },
    })
    return true
  } catch (error) {
    logger.error('nobody was told', { notification: told.id, error: error as Error })
    return false
  }
}

async function keep(told: Notification): Promise<void> {
  try {
    await keepUnsent(told)
  } catch (error) {
    logger.error('nobody will be told', { notification: told.id, error: error as Error })
  }
}

/** For a step that comes by again: tells until it was sent, and after that no more. */
export async function tellUntilSent(about: About, transition: Transition): Promise<void> {
  const id = idOf(about, transition)
  if (await isTold(id)) return
  if (await tell(about, transition)) await recordTold(id)
}

function idOf({ app, release, attempt, rollback }: About, transition: Transition): string {
  const subject = rollback ?? `${app}-${release}-${attempt}`
  const parts = [
    'stage' in transition ? transition.stage : undefined,
    'round' in transition ? transition.round : undefined,
  ]
  const who = transition.kind === 'approval-decided' ? transition.approver : undefined
  const what = transition.kind === 'trouble' ? digestOf(transition.because) : undefined
  return [subject, transition.kind, ...parts, who, what].filter(part => part !== undefined).join('/')
}

/** A sentence may be longer than a key of the table, which ids become. */
const digestOf = (sentence: string): string => createHash('sha256').update(sentence).digest('hex')
