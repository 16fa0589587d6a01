import * as z from 'zod'
import type { StageOf } from '../../domain/identity.ts'
import { put, query } from './dynamodb.ts'

/** What a person has said shall not stop releases of a stage for a while. */
const override = z.object({
  what: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('freeze') }),
    /** That none of those who serve is healthy: a release may be what mends it. */
    z.object({ kind: z.literal('targets') }),
    z.object({ kind: z.literal('alarm'), name: z.string() }),
  ]),
  reason: z.string(),
  /** Both in ms. */
  at: z.number(),
  until: z.number(),
  /** Who AWS says typed the command (ARN). */
  by: z.string(),
})
export type Override = z.infer<typeof override>

type Where = Pick<StageOf, 'app' | 'stage'>

const partition = ({ app, stage }: Where) => `STAGE#${app}#${stage}`

/** The latest word on a matter stands. */
export async function recordOverride(at: Where, entry: Override): Promise<void> {
  const { what } = entry
  const matter = what.kind === 'alarm' ? `alarm#${what.name}` : what.kind
  await put({ pk: partition(at), sk: `OVERRIDE#${matter}`, ...entry })
}

/** Those that hold at this moment (ms). */
export async function overridesOf(at: Where, now: number): Promise<Override[]> {
  const entries = (await query(partition(at), 'OVERRIDE#')).map(item => override.parse(item))
  return entries.filter(({ until }) => now < until)
}
