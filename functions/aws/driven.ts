import * as z from 'zod'
import { PAUSES } from '../../domain/blue-green.ts'
import type { StageOf } from '../../domain/identity.ts'
import { get, put, remove } from './dynamodb.ts'

/** What Sluice has changed of how a service is deployed, until it has put that back: its pauses, and the bake time that was there. */
const driven = z.object({
  /** Fence of the lease under which it was written. */
  fence: z.number(),
  /** Minutes; absent where the service had none. */
  bakeTimeInMinutes: z.number().optional(),
  hooks: z.array(
    z.object({
      targetType: z.literal('PAUSE'),
      lifecycleStages: z.tuple([z.enum(PAUSES)]),
      timeoutConfiguration: z.object({ timeoutInMinutes: z.number(), action: z.literal('ROLLBACK') }),
    }),
  ),
})
export type Driven = z.infer<typeof driven>

type Where = Pick<StageOf, 'app' | 'stage'>
const drivenKey = ({ app, stage }: Where, service: string) => ({
  pk: `STAGE#${app}#${stage}`,
  sk: `DRIVEN#${service}`,
})

/** Written before the service is changed; whoever holds the stage writes it. */
export async function recordDriven(at: Where, service: string, entry: Driven): Promise<void> {
  await put({ ...drivenKey(at, service), ...entry })
}

/** Undefined: the service is as its owners left it. */
export async function readDriven(at: Where, service: string): Promise<Driven | undefined> {
  const item = await get(drivenKey(at, service))
  return item && driven.parse(item)
}

/** Unless whoever has taken the stage since has written it anew. */
export async function forgetDriven(at: Where, service: string, { fence }: Driven): Promise<void> {
  await remove(drivenKey(at, service), {
    condition: '#fence = :fence',
    names: { '#fence': 'fence' },
    values: { ':fence': fence },
  })
}
