import * as z from 'zod'
import { idIn } from '../../domain/arn.ts'
import { type HeldStage, releaseId, type StageOf, stageOf } from '../../domain/identity.ts'
import { outcome } from '../../domain/outcome.ts'
import { type HistoryEntry, historyEntry, servedBy } from '../../domain/stage-history.ts'
import { get, type Item, put, putNew, query, remove, update } from './dynamodb.ts'
import { executionNameIn } from './waits.ts'

/** What a stage remembers beside its lock: what changed it, which releases it refuses, and every way back. */
const partition = (app: string, stage: string) => `STAGE#${app}#${stage}`

/** `fence`: that of the lease under which the stage was changed. The first word under a fence stands. */
export async function recordHistory(app: string, stage: string, fence: number, entry: HistoryEntry): Promise<void> {
  await putNew({ pk: partition(app, stage), sk: `HISTORY#${String(fence).padStart(12, '0')}`, ...entry })
}

/** The oldest first. */
export async function readHistory(app: string, stage: string): Promise<HistoryEntry[]> {
  return (await query(partition(app, stage), 'HISTORY#')).map(item => historyEntry.parse(item))
}

/** A set of digests that a stage refuses until a person lifts it. */
const quarantine = z.object({ release: releaseId, tag: z.string(), reason: z.string(), at: z.number() })
export type Quarantine = z.infer<typeof quarantine>

const quarantineKey = (app: string, stage: string, release: string) => ({
  pk: partition(app, stage),
  sk: `QUARANTINE#${release}`,
})

/** The first reason stands. */
export async function putInQuarantine(app: string, stage: string, entry: Quarantine): Promise<void> {
  await putNew({ ...quarantineKey(app, stage, entry.release), ...entry })
}

export async function quarantined(app: string, stage: string): Promise<Quarantine[]> {
  return (await query(partition(app, stage), 'QUARANTINE#')).map(item => quarantine.parse(item))
}

export async function readQuarantine(app: string, stage: string, release: string): Promise<Quarantine | undefined> {
  const item = await get(quarantineKey(app, stage, release))
  return item && quarantine.parse(item)
}

export async function liftQuarantine(app: string, stage: string, release: string): Promise<void> {
  await remove(quarantineKey(app, stage, release))
}

/** One way back of a stage: whose release is taken back, why, and, where a person chose it, to what. */
export const rollbackEntry = stageOf.extend({
  /** Name of the execution that performs it. */
  name: z.string(),
  /** Name of the way back that this one goes on with, since that was stopped: the first, where several were. */
  goesOnWith: z.string().optional(),
  tag: z.string(),
  /** `failed` the release's own; `aborted` a clean-up's; `person` somebody asked for it. */
  cause: z.enum(['failed', 'aborted', 'person']),
  reason: z.string(),
  at: z.number(),
  /** A person wanted the stage back from the release that held it. */
  isRequested: z.literal(true).optional(),
  /** What a person chose; the release's own record of what served before it where this is absent. */
  chosen: z
    .object({
      target: servedBy,
      /** Tag of what the stage goes back to, for people. */
      to: z.string(),
      /** Service → the task definition that it had when the stage was taken. */
      from: z.record(z.string(), z.string()),
      /** When it was chosen, in ms. */
      at: z.number(),
      /** Service → its newest deployment (ARN) then, if that was recent: no part of this way back, nor is any before it. */
      seen: z.record(z.string(), z.string()),
      /** Whether the release still stood that is taken back: else it is not refused once more. */
      takesBack: z.boolean(),
      /** The release that was named, and what the stage served before it went back to that. */
      restores: z.object({ release: releaseId, attempt: z.int(), tag: z.string(), before: servedBy }).optional(),
      /** Name of the rollback that the person started: messages go by it. */
      asked: z.string(),
    })
    .optional(),
  end: z.object({ outcome, reason: z.string(), at: z.number() }).optional(),
})
export type RollbackEntry = z.infer<typeof rollbackEntry>

const rollbackKey = (app: string, stage: string, name: string) => ({
  pk: partition(app, stage),
  sk: `ROLLBACK#${name}`,
})

/**
 * `fence`: that of the lock which was looked at. The first record of an execution stands and is returned, unless the stage has
 * changed hands since: then the execution never took it, and has looked anew.
 */
export async function recordRollback(entry: RollbackEntry, fence: number): Promise<RollbackEntry> {
  const item = { ...rollbackKey(entry.app, entry.stage, entry.name), ...entry, fence }
  await put(item, 'attribute_not_exists(pk) OR fence < :fence', { ':fence': fence })
  return (await readRollback(entry.app, entry.stage, entry.name)) ?? entry
}

export async function readRollback(app: string, stage: string, name: string): Promise<RollbackEntry | undefined> {
  const item = await get(rollbackKey(app, stage, name))
  return item && rollbackEntry.parse(item)
}

/** An execution that has recorded what it would do, and then did not take the stage, was no way back. */
export async function forgetRollback(app: string, stage: string, name: string): Promise<void> {
  await remove(rollbackKey(app, stage, name))
}

/** Every way back of the stage, in no order of time. */
export async function rollbacksOf(app: string, stage: string): Promise<RollbackEntry[]> {
  return (await query(partition(app, stage), 'ROLLBACK#')).map(item => rollbackEntry.parse(item))
}

/** The first word on its end stands. */
export async function endRollback(
  { app, stage, name }: Pick<RollbackEntry, 'app' | 'stage' | 'name'>,
  end: NonNullable<RollbackEntry['end']>,
): Promise<void> {
  await update(rollbackKey(app, stage, name), {
    UpdateExpression: 'SET #end = :end',
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#end)',
    ExpressionAttributeNames: { '#end': 'end' },
    ExpressionAttributeValues: { ':end': end },
  })
}

/** What this rollback deploys to a service; the first word stands and is returned. */
export async function recordRestored(of: HeldStage, service: string, taskDefinition: string): Promise<string> {
  await putNew({ ...restoredKey(of, service), taskDefinition })
  return (await readRestored(of, service)) ?? taskDefinition
}

export async function readRestored(of: HeldStage, service: string): Promise<string | undefined> {
  return taskDefinitionIn(await get(restoredKey(of, service)))
}

const restoredKey = ({ app, stage, lease }: HeldStage, service: string) => ({
  pk: partition(app, stage),
  sk: `RESTORED#${executionNameIn(lease.holder)}#${service}`,
})

/** When this rollback last asked ECS to deploy a service back, in ms: written before it is asked. */
export async function recordSentBack(of: HeldStage, service: string, at: number): Promise<void> {
  await put({ ...sentBackKey(of, service), at })
}

export async function readSentBack(of: HeldStage, service: string): Promise<number | undefined> {
  return z
    .number()
    .optional()
    .parse((await get(sentBackKey(of, service)))?.at)
}

const sentBackKey = ({ app, stage, lease }: HeldStage, service: string) => ({
  pk: partition(app, stage),
  sk: `SENT#${executionNameIn(lease.holder)}#${service}`,
})

/** When this rollback first had ECS take a deployment (ARN) back, in ms; the first word stands and is returned. */
export async function recordStop({ app, stage, lease }: HeldStage, deployment: string, at: number): Promise<number> {
  const id = idIn(deployment)
  const key = { pk: partition(app, stage), sk: `STOP#${executionNameIn(lease.holder)}#${id}` }
  await putNew({ ...key, at })
  return Number((await get(key))?.at ?? at)
}

/**
 * A copy of a task definition that is deployed in its place: of two that are made at once, one stands and is returned. `gone`:
 * the one that stood until now and cannot be deployed any more.
 */
export async function recordCopy(
  of: StageOf,
  service: string,
  original: string,
  { copy, gone = '' }: { copy: string; gone?: string | undefined },
): Promise<string> {
  const item = { ...copyKey(of, service, original), taskDefinition: copy }
  await put(item, 'attribute_not_exists(pk) OR taskDefinition = :gone', { ':gone': gone })
  return (await readCopy(of, service, original)) ?? copy
}

/** What stands in for this task definition at this stage; undefined where nothing does. */
export async function readCopy(of: StageOf, service: string, original: string): Promise<string | undefined> {
  return taskDefinitionIn(await get(copyKey(of, service, original)))
}

const copyKey = ({ app, stage }: StageOf, service: string, original: string) => ({
  pk: partition(app, stage),
  sk: `COPY#${service}#${idIn(original)}`,
})

const taskDefinitionIn = (item: Item | undefined) => z.string().optional().parse(item?.taskDefinition)
