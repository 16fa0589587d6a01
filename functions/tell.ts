import type { About, Notification, Transition } from '../events/notification.ts'
import { isTold, recordTold } from './aws/told.ts'
import { publish } from './aws/topics.ts'
import { environment } from './environment.ts'
import { logger } from './step.ts'

/**
 * Tells whoever listens, over the one topic. The same transition has the same id however often it is told. A message that
 * cannot be sent is logged and nothing else: telling people never holds up or fails a release. Says whether it was sent.
 */
export async function tell(about: About, transition: Transition): Promise<boolean> {
  const { app, release, attempt, tag, rollback } = about
  const told: Notification = {
    id: idOf(about, transition),
    at: Date.now(),
    about: { app, release, attempt, tag, ...(rollback !== undefined && { rollback }) },
    transition,
  }
  try {
    await publish(environment('NOTIFICATIONS'), {
      text: JSON.stringify(told),
      attributes: { app, kind: transition.kind },
    })
    return true
  } catch (error) {
    logger.error('nobody was told', { notification: told.id, error: error as Error })
    return false
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
  const what = transition.kind === 'trouble' ? transition.because : undefined
  return [subject, transition.kind, ...parts, who, what].filter(part => part !== undefined).join('/')
}
