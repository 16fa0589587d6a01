import * as z from 'zod'
import type { StageOf } from '../../domain/identity.ts'
import { get, putNew, query, update } from './dynamodb.ts'
import { ofRelease } from './ledger.ts'

/** What a release did to the database of a stage: its backup, and the tasks that it ran. */

const backupEntry = z.object({
  kind: z.enum(['rds-instance', 'rds-cluster', 'task']),
  /** Identifier of the database in RDS; for a task, the family of its task definition. */
  source: z.string(),
  /** Name of the snapshot, or where the task said that its backup is: `s3://bucket/key`. */
  id: z.string(),
  /** ARN of the snapshot; absent for a task's backup. */
  arn: z.string().optional(),
  /** When it was seen to be there, in ms. */
  at: z.number(),
  /** The earlier attempt that made it; absent: this one did. */
  attempt: z.int().optional(),
})
export type BackupEntry = z.infer<typeof backupEntry>

const backupKey = (of: StageOf) => ({ pk: ofRelease(of), sk: `STAGE#${of.stage}#BACKUP` })

/** Written once the backup was seen to be there; the first record stands. */
export async function recordBackup(of: StageOf, entry: BackupEntry): Promise<void> {
  await putNew({ ...backupKey(of), ...entry })
}

export async function readBackup(of: StageOf): Promise<BackupEntry | undefined> {
  const item = await get(backupKey(of))
  return item && backupEntry.parse(item)
}

/** What a task of our own is for. */
export type Purpose = 'backup' | 'migration' | 'down'

/**
 * One of each at most runs for one attempt of a release at one stage; and of those that undo its migration, one for each way
 * back (a name).
 */
export type OwnTask = Exclude<Purpose, 'down'> | DownTask
export type DownTask = `down#${string}`
export const downOf = (wayBack: string): DownTask => `down#${wayBack}`

const taskEntry = z.object({
  /** When it was decided to run it, in ms: written before ECS is asked. */
  at: z.number(),
  cluster: z.string(),
  /** ARN of the revision. */
  taskDefinition: z.string(),
  /** The container that does the work. */
  container: z.string(),
  /** By which ECS finds it, whatever became of the answer. */
  startedBy: z.string(),
  /** When ECS was last asked to run it, in ms, and what it said instead of doing so; without that its answer is not known. */
  asked: z.object({ at: z.number(), refused: z.string().optional(), isFinal: z.boolean().optional() }),
  /** ARN of the task; absent until it is known. */
  task: z.string().optional(),
  /** How it ended; absent until it was seen to have stopped. */
  end: z
    .object({
      kind: z.enum(['succeeded', 'failed', 'never-started', 'unknown']),
      because: z.string(),
      /** Where its last lines are, for people; absent where none tell more. */
      log: z.string().optional(),
      at: z.number(),
    })
    .optional(),
})
export type TaskEntry = z.infer<typeof taskEntry>

const tasksOf = ({ stage }: StageOf) => `STAGE#${stage}#TASK#`
const taskKey = (of: StageOf, task: OwnTask) => ({ pk: ofRelease(of), sk: `${tasksOf(of)}${task}` })

/** The intent to run a task; the first record stands and is returned. */
export async function recordIntent(of: StageOf, own: OwnTask, entry: TaskEntry): Promise<TaskEntry> {
  await putNew({ ...taskKey(of, own), ...entry })
  return (await readTask(of, own)) ?? entry
}

export async function readTask(of: StageOf, own: OwnTask): Promise<TaskEntry | undefined> {
  const item = await get(taskKey(of, own))
  return item && taskEntry.parse(item)
}

/** Every task that was to undo the migration, the oldest first. */
export async function readDowns(of: StageOf): Promise<(TaskEntry & { own: DownTask })[]> {
  const items = await query(ofRelease(of), `${tasksOf(of)}${downOf('')}`)
  return items
    .map(item => ({
      ...taskEntry.parse(item),
      own: downOf(String(item.sk).slice(`${tasksOf(of)}${downOf('')}`.length)),
    }))
    .sort((a, b) => a.at - b.at)
}

/** The one that was decided on last. */
export async function newestTask(of: StageOf, purpose: Purpose): Promise<TaskEntry | undefined> {
  return purpose === 'down' ? (await readDowns(of)).at(-1) : readTask(of, purpose)
}

/** ECS is about to be asked (again): written before. False: there is a task already, or it was settled that there is none. */
export function recordAsked(of: StageOf, own: OwnTask, at: number): Promise<boolean> {
  return update(taskKey(of, own), {
    UpdateExpression: 'SET asked = :asked',
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(task) AND attribute_not_exists(#end)',
    ExpressionAttributeNames: { '#end': 'end' },
    ExpressionAttributeValues: { ':asked': { at } },
  })
}

/** What ECS said instead of running it; forgotten where it was asked again meanwhile, whose answer counts. */
export async function recordRefusal(of: StageOf, own: OwnTask, asked: TaskEntry['asked']): Promise<void> {
  await update(taskKey(of, own), {
    UpdateExpression: 'SET asked = :asked',
    ConditionExpression: 'asked.#at = :at AND attribute_not_exists(task) AND attribute_not_exists(#end)',
    ExpressionAttributeNames: { '#at': 'at', '#end': 'end' },
    ExpressionAttributeValues: { ':asked': asked, ':at': asked.at },
  })
}

/** Which task ECS started for it; the first word stands. */
export async function recordTask(of: StageOf, own: OwnTask, task: string): Promise<void> {
  await update(taskKey(of, own), {
    UpdateExpression: 'SET task = :task',
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(task)',
    ExpressionAttributeValues: { ':task': task },
  })
}

/**
 * How it ended; the first word stands. False where something else is known of it by now: somebody has asked ECS since
 * `seen` was read, or a task was found.
 */
export async function recordTaskEnd(
  of: StageOf,
  own: OwnTask,
  end: NonNullable<TaskEntry['end']>,
  seen: Pick<TaskEntry, 'asked' | 'task'>,
): Promise<boolean> {
  const { task, asked } = seen
  const isSame =
    task !== undefined
      ? 'task = :seen'
      : `attribute_not_exists(task) AND asked.#at = :seen AND ${asked.refused === undefined ? 'attribute_not_exists' : 'attribute_exists'}(asked.refused)`
  return update(taskKey(of, own), {
    UpdateExpression: 'SET #end = :end',
    ConditionExpression: `attribute_not_exists(#end) AND ${isSame}`,
    ExpressionAttributeNames: { '#end': 'end', ...(task === undefined && { '#at': 'at' }) },
    ExpressionAttributeValues: { ':end': end, ':seen': task ?? asked.at },
  })
}
