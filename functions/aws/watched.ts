import * as z from 'zod'
import type { StageOf } from '../../domain/identity.ts'
import { get, put } from './dynamodb.ts'
import { ofRelease } from './ledger.ts'

const counted = z.object({ requests: z.number(), errors: z.number() })

/** What the watch over a new version has seen, as of its latest look. */
const watched = z.object({
  /** When it looked, and since when it counts, in ms. */
  at: z.number(),
  from: z.number(),
  /**
   * Service → the answers of the new version since then; `blue`: those of the old one, for as long before. One whose answers
   * cannot be counted is left out.
   */
  services: z.record(z.string(), z.object({ green: counted, blue: counted.optional() })),
  /** Alarm → its state, in CloudWatch's own word; `gone` where there is none of this name any more. */
  alarms: z.record(z.string(), z.string()),
})
export type Watched = z.infer<typeof watched>

const keyOf = (of: StageOf) => ({ pk: ofRelease(of), sk: `STAGE#${of.stage}#WATCHED` })

/** The latest look stands. */
export async function recordWatched(of: StageOf, entry: Watched): Promise<void> {
  await put({ ...keyOf(of), ...entry })
}

export async function readWatched(of: StageOf): Promise<Watched | undefined> {
  const item = await get(keyOf(of))
  return item && watched.parse(item)
}
