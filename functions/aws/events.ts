import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { type LockFreed, SOURCE } from '../../events/lock-freed.ts'
import { once } from '../environment.ts'

const client = once(() => new EventBridgeClient({}))

export type Announced = { kind: 'announced' } | { kind: 'lost'; because: string }

/**
 * Tells whoever waits for the stage. An announcement that is lost is a value, not an error: those who wait look again at
 * their next heartbeat, and nothing that was already done is undone for it.
 */
export async function announceLockFreed(detail: LockFreed['detail']): Promise<Announced> {
  try {
    const { Entries } = await client().send(
      new PutEventsCommand({ Entries: [{ Source: SOURCE, DetailType: 'Lock Freed', Detail: JSON.stringify(detail) }] }),
    )
    const refused = Entries?.find(entry => entry.ErrorCode)
    return refused ? { kind: 'lost', because: `${refused.ErrorCode}: ${refused.ErrorMessage}` } : { kind: 'announced' }
  } catch (error) {
    return { kind: 'lost', because: (error as Error).message }
  }
}
