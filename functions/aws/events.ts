import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { type LockFreed, SOURCE } from '../../events/lock-freed.ts'
import { once } from '../environment.ts'

const client = once(() => new EventBridgeClient({}))

/** Tells whoever waits for the stage. Throws when the bus did not take it; their heartbeat then does without. */
export async function announceLockFreed(detail: LockFreed['detail']): Promise<void> {
  const { Entries } = await client().send(
    new PutEventsCommand({ Entries: [{ Source: SOURCE, DetailType: 'Lock Freed', Detail: JSON.stringify(detail) }] }),
  )
  const refused = Entries?.find(entry => entry.ErrorCode)
  if (refused) throw new Error(`the event bus refused "Lock Freed": ${refused.ErrorCode}: ${refused.ErrorMessage}`)
}
