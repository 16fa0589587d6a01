import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { SOURCE, type StageChange, type StageChangeName } from '../../events/stage-change.ts'
import { once } from '../environment.ts'

const client = once(() => new EventBridgeClient({}))

export type Announced = { kind: 'announced' } | { kind: 'lost'; because: string }

/**
 * Tells whoever waits at the stage. An announcement that is lost is a value, not an error: those who wait look again at
 * their next heartbeat, and nothing that was already done is undone for it.
 */
export async function announce(change: StageChangeName, detail: StageChange['detail']): Promise<Announced> {
  try {
    const { Entries } = await client().send(
      new PutEventsCommand({ Entries: [{ Source: SOURCE, DetailType: change, Detail: JSON.stringify(detail) }] }),
    )
    const refused = Entries?.find(entry => entry.ErrorCode)
    return refused ? { kind: 'lost', because: `${refused.ErrorCode}: ${refused.ErrorMessage}` } : { kind: 'announced' }
  } catch (error) {
    return { kind: 'lost', because: (error as Error).message }
  }
}
