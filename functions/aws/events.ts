import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { SOURCE, type StageChange, type StageChangeName } from '../../events/stage-change.ts'
import { once } from '../environment.ts'

const client = once(() => new EventBridgeClient({}))

export type Announced = { kind: 'announced' } | { kind: 'lost'; because: string }

/** An event that is lost is a value, not an error. */
export async function putStageChange(change: StageChangeName, detail: StageChange['detail']): Promise<Announced> {
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
