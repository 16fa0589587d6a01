import * as z from 'zod'
import type { HeldStage } from '../../domain/identity.ts'
import { get, putNew } from './dynamodb.ts'
import { ofRelease } from './ledger.ts'
import { executionNameIn } from './waits.ts'

/** When a way back first wanted a database restored: what RDS says of its age is not known while it is made. */

const entry = z.object({ at: z.number() })

const key = (of: HeldStage) => ({
  pk: ofRelease(of),
  sk: `STAGE#${of.stage}#RESTORE#${executionNameIn(of.lease.holder)}`,
})

/** In ms; the first word stands. */
export async function recordRestoreWanted(of: HeldStage, at: number): Promise<void> {
  await putNew({ ...key(of), at })
}

/** In ms; undefined: this way back has not wanted one yet. */
export async function readRestoreWanted(of: HeldStage): Promise<number | undefined> {
  const item = await get(key(of))
  return item && entry.parse(item).at
}
