import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import type { Application } from '../../domain/application.ts'
import { nobody, type ReceivedLink } from '../rehearsing/approvers.ts'
import { moving } from '../rehearsing/moving.ts'
import { createStagehand, type Stagehand } from '../rehearsing/stagehand.ts'
import { synthesize } from '../rehearsing/synth.ts'
import { openWorld, type World } from '../rehearsing/world.ts'
import type { Target } from './target.ts'
import { THREATS, type Threat } from './threats.ts'
import { type Verdict, withstand } from './withstand.ts'

export interface AttackOptions {
  file: string
  application: Application
  /** Told as soon as there is something to stop. */
  opened?: (rehearsal: World['rehearsal']) => void
  /** Told of each threat once it was tried. */
  tried?: (threat: Threat, verdict: Verdict) => void
}

/**
 * Rehearses two releases of the demo until the newer one has superseded the older and waits for people, and tries every threat
 * on its pages over HTTP. Nothing else moves meanwhile, so whatever changes in the ledger was changed by a threat.
 */
export async function attackRehearsed({ file, application, opened, tried }: AttackOptions): Promise<Verdict[]> {
  const { directory: assembly } = await synthesize([file])
  const world = await openWorld({ file, application, drive: 'jump', assembly, ...(opened && { opened }) })
  const { clock } = world.rehearsal
  try {
    return await moving(clock, async () => {
      const target = await waitingRelease(createStagehand(world, () => {}, { answering: nobody }))
      const verdicts: Verdict[] = []
      await clock.during('the attacks', async () => {
        for (const threat of THREATS) {
          const verdict = await withstand(threat, target)
          verdicts.push(verdict)
          tried?.(threat, verdict)
        }
      })
      return verdicts
    })
  } finally {
    await world.rehearsal.stop()
  }
}

async function waitingRelease(hand: Stagehand): Promise<Target> {
  const { world, approvers } = hand
  hand.push('v2')
  const older = await hand.until('the first question', async () => approvers.links()[0])
  hand.push('v3')
  const newer = await hand.until('the second question', async () => {
    const [first] = await hand.views()
    return first?.end?.outcome === 'superseded' ? sameApprover(approvers.links(), older) : undefined
  })
  return {
    ...{ url: new URL(newer.url).origin, link: newer.url, otherLink: older.url },
    records: () => recordsIn(world.installation.table),
    send: (url, init) => fetch(url, { ...init, redirect: 'manual' }),
  }
}

const sameApprover = (links: ReceivedLink[], { approver, url }: ReceivedLink) =>
  links.find(link => link.approver === approver && link.url !== url)

/** Everything in the table, in the order of its keys. */
async function recordsIn(TableName: string): Promise<unknown[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}))
  const records: Record<string, unknown>[] = []
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) records.push(...Items)
  client.destroy()
  const key = ({ pk, sk }: Record<string, unknown>) => `${pk} ${sk}`
  return records.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
