import * as z from 'zod'
import { type AttemptOf, releaseInput, type StageOf } from '../../domain/identity.ts'
import { outcome } from '../../domain/outcome.ts'
import { type Plan, plan as planSchema } from '../../domain/plan.ts'
import { isSameSecond } from '../../domain/queue.ts'
import { servedBy } from '../../domain/stage-history.ts'
import { get, getWritten, type Item, put, putNew, query, update } from './dynamodb.ts'

/** One attempt of one release, as start-release wrote it. `started` is absent until its execution is known to run. */
export const releaseEntry = releaseInput.extend({
  /** Event time of the first push, ms. */
  order: z.number(),
  /** Whose request this attempt answers, and why it was made; absent: a push started it. */
  retry: z.object({ request: z.string(), reason: z.string().optional() }).optional(),
  started: z.object({ at: z.number(), executionArn: z.string() }).optional(),
})
export type ReleaseEntry = z.infer<typeof releaseEntry>

export const endEntry = z.object({
  outcome,
  reason: z.string(),
  at: z.number(),
  /** The stage at which it ended, where it ended at one. */
  stage: z.string().optional(),
})
export type EndEntry = z.infer<typeof endEntry>

/** `isUntold`: what hangs on the end of the whole release may be undone yet; whoever wrote it takes this off last. */
const releaseEnd = endEntry.extend({ isUntold: z.literal(true).optional() })
type ReleaseEnd = z.infer<typeof releaseEnd>

const beforeEntry = z.object({
  at: z.number(),
  services: servedBy,
  /** ARN of the task definition that the migration's revision is copied from; absent where nothing is migrated. */
  migration: z.string().optional(),
  /** Alarm → since when it rang (ms), which a person let pass. */
  ringing: z.record(z.string(), z.number()).optional(),
})
export type BeforeEntry = z.infer<typeof beforeEntry>

const attempt = ({ release, attempt }: AttemptOf) => `${release}#${String(attempt).padStart(4, '0')}`
const application = (app: string) => `APP#${app}`
/** Partition of what one attempt did, stage by stage. */
export const ofRelease = (of: AttemptOf) => `RELEASE#${of.app}#${attempt(of)}`
const releaseKey = (of: AttemptOf) => ({ pk: application(of.app), sk: `RELEASE#${attempt(of)}` })
const endKey = (of: AttemptOf) => ({ pk: application(of.app), sk: `END#${attempt(of)}` })

/** Registers an attempt before it is started; the first record stands and is returned. */
export async function registerRelease(entry: Omit<ReleaseEntry, 'started'>): Promise<ReleaseEntry> {
  await putNew({ ...releaseKey(entry), ...entry })
  return (await readRelease(entry)) ?? entry
}

/**
 * The order of a release, at `wanted` or as soon after as is free within that second: the first word stands, so that of two that are
 * started at the same time each has its place. A repetition gets the same.
 */
export async function claimOrder(
  { app, release }: Pick<AttemptOf, 'app' | 'release'>,
  wanted: number,
): Promise<number> {
  for (let order = wanted; isSameSecond(order, wanted); order++) {
    const key = { pk: application(app), sk: `ORDER#${order}` }
    if ((await putNew({ ...key, release })) || (await get(key))?.release === release) return order
  }
  return wanted
}

export async function recordStarted(of: AttemptOf, started: NonNullable<ReleaseEntry['started']>): Promise<void> {
  await update(releaseKey(of), {
    UpdateExpression: 'SET started = :started',
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(started)',
    ExpressionAttributeValues: { ':started': started },
  })
}

export async function readRelease(of: AttemptOf): Promise<ReleaseEntry | undefined> {
  const item = await get(releaseKey(of))
  return item && releaseEntry.parse(item)
}

/** Every attempt of every release of the application, in no order of time. */
export async function releasesOf(app: string): Promise<ReleaseEntry[]> {
  return (await query(application(app), 'RELEASE#')).map(item => releaseEntry.parse(item))
}

/** Attempts of the application's releases that have no end yet, in no order of time; one that was only registered may never run. */
export function underWay(app: string): Promise<ReleaseEntry[]> {
  return releasesBut(app, () => true)
}

/** The same, and those of whose end not everybody was told. */
export function unsettled(app: string): Promise<ReleaseEntry[]> {
  return releasesBut(app, ({ isUntold }) => !isUntold)
}

async function releasesBut(app: string, isOver: (end: Item) => boolean): Promise<ReleaseEntry[]> {
  const over = new Set((await query(application(app), 'END#')).filter(isOver).map(({ sk }) => sk))
  return (await releasesOf(app)).filter(entry => !over.has(endKey(entry).sk))
}

/** Writes how a release ended; the first word stands. False when it had ended already. */
export function recordEnd(of: AttemptOf, end: ReleaseEnd): Promise<boolean> {
  return putNew({ ...endKey(of), ...end })
}

export async function readEnd(of: AttemptOf): Promise<ReleaseEnd | undefined> {
  const item = await get(endKey(of))
  return item && releaseEnd.parse(item)
}

/** Everybody was told of this end, as it was read. */
export async function recordEndTold(of: AttemptOf, { isUntold: _, ...end }: ReleaseEnd): Promise<void> {
  await put({ ...endKey(of), ...end })
}

/** First push of a tag since the last release that this tag started: releases are ordered by it. */
export async function firstPush(app: string, tag: string, pushedAt: number): Promise<number> {
  const key = { pk: application(app), sk: `TAG#${tag}` }
  await update(key, {
    UpdateExpression: 'SET firstPush = :at',
    ConditionExpression:
      'attribute_not_exists(firstPush) AND (attribute_not_exists(handled) OR handled < :at) OR firstPush > :at',
    ExpressionAttributeValues: { ':at': pushedAt },
  })
  return Number((await get(key))?.firstPush ?? pushedAt)
}

/** Whether this push of the tag, or a later one, was handled before. */
export async function isHandled(app: string, tag: string, pushedAt: number): Promise<boolean> {
  const handled = (await get({ pk: application(app), sk: `TAG#${tag}` }))?.handled
  return handled !== undefined && Number(handled) >= pushedAt
}

/** The push of `pushedAt` led to a release, by this tag or another, or was refused; the tag's next push is a first one again. */
export async function pushHandled(app: string, tag: string, pushedAt: number): Promise<void> {
  await update(
    { pk: application(app), sk: `TAG#${tag}` },
    {
      UpdateExpression: 'SET handled = :at REMOVE firstPush',
      ConditionExpression: 'attribute_not_exists(handled) OR handled < :at',
      ExpressionAttributeValues: { ':at': pushedAt },
    },
  )
}

/** The plan as first written; a repetition returns what stands. */
export async function recordPlan(plan: Plan): Promise<Plan> {
  await putNew({ pk: ofRelease(plan), sk: 'PLAN', ...plan })
  return readPlan(plan)
}

/** Throws when the release was never planned. */
export async function readPlan(of: AttemptOf): Promise<Plan> {
  const plan = await readPlanIfAny(of)
  if (!plan) throw new Error(`release ${of.release} attempt ${of.attempt} of ${of.app} has no plan in the ledger`)
  return plan
}

export async function readPlanIfAny(of: AttemptOf): Promise<Plan | undefined> {
  const item = await getWritten({ pk: ofRelease(of), sk: 'PLAN' })
  return item && planSchema.parse(item)
}

/** What the stage served before this release; the first record stands. */
export async function recordBefore(of: StageOf, before: BeforeEntry): Promise<BeforeEntry> {
  await putNew({ pk: ofRelease(of), sk: `STAGE#${of.stage}#BEFORE`, ...before })
  return (await readBefore(of)) ?? before
}

export async function readBefore(of: StageOf): Promise<BeforeEntry | undefined> {
  const item = await getWritten({ pk: ofRelease(of), sk: `STAGE#${of.stage}#BEFORE` })
  return item && beforeEntry.parse(item)
}

const definitionOf = (key: (of: StageOf, service: string) => string) => {
  const at = (of: StageOf, service: string) => ({ pk: ofRelease(of), sk: `STAGE#${of.stage}#${key(of, service)}` })
  const read = async (of: StageOf, service: string): Promise<string | undefined> =>
    z
      .string()
      .optional()
      .parse((await getWritten(at(of, service)))?.taskDefinition)
  const record = async (of: StageOf, service: string, taskDefinition: string): Promise<string> => {
    await putNew({ ...at(of, service), taskDefinition })
    return (await read(of, service)) ?? taskDefinition
  }
  return { read, record }
}

/** The task definition that this release registered for a service; the first one recorded stands and is returned. */
export const { read: readRevision, record: recordRevision } = definitionOf((_, service) => `REVISION#${service}`)

/** How the release ended at one stage; the first word stands. */
export function recordStageEnd(of: StageOf, end: EndEntry): Promise<boolean> {
  return putNew({ pk: ofRelease(of), sk: `STAGE#${of.stage}#END`, ...end })
}

export async function readStageEnd(of: StageOf): Promise<EndEntry | undefined> {
  const item = await get({ pk: ofRelease(of), sk: `STAGE#${of.stage}#END` })
  return item && endEntry.parse(item)
}
