import * as z from 'zod'
import type { Snapshot, Tags } from '../../domain/backup.ts'
import type { RdsBackup } from '../../domain/database.ts'
import { askRds, type Form, listOf, refusalIn } from './query.ts'
import { ServiceError } from './signed.ts'

/** Databases and their snapshots. RDS has every call twice, for instances and for clusters, alike but for their names. */
export type RdsKind = RdsBackup['kind']

const NAMES = {
  'rds-instance': { database: 'DBInstance', snapshot: 'DBSnapshot', quota: 'ManualSnapshots' },
  'rds-cluster': { database: 'DBCluster', snapshot: 'DBClusterSnapshot', quota: 'ManualClusterSnapshots' },
} as const

export const time = z.string().transform(text => Date.parse(text))

export const tagList = listOf('Tag', z.object({ Key: z.string(), Value: z.string().default('') })).transform(
  (list): Tags => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])),
)

const snapshotIn = z.object({
  Status: z.string(),
  PercentProgress: z.coerce.number().default(0),
  SnapshotCreateTime: time.optional(),
  TagList: tagList,
})

/** Undefined when there is none of this name. */
export async function findSnapshot(kind: RdsKind, id: string): Promise<Snapshot | undefined> {
  const { snapshot } = NAMES[kind]
  try {
    const [found] = (await describeSnapshots(kind, { [`${snapshot}Identifier`]: id })).snapshots
    return found
  } catch (error) {
    if (isCode(error, `${snapshot}NotFound`)) return undefined
    throw error
  }
}

/** Those that people, or we, have made of this database. */
export async function snapshotsOf(kind: RdsKind, source: string): Promise<Snapshot[]> {
  const found: Snapshot[] = []
  let Marker: string | undefined
  do {
    const of = { [`${NAMES[kind].database}Identifier`]: source, SnapshotType: 'manual', Marker }
    const page = await describeSnapshots(kind, of)
    found.push(...page.snapshots)
    Marker = page.marker
  } while (Marker)
  return found
}

async function describeSnapshots(kind: RdsKind, form: Form): Promise<{ snapshots: Snapshot[]; marker?: string }> {
  const { database, snapshot } = NAMES[kind]
  const answer = await askRds(`Describe${snapshot}s`, form)
  const named = z.object({ [`${snapshot}Identifier`]: z.string(), [`${database}Identifier`]: z.string() })
  const found = listOf(snapshot, z.unknown()).parse(answer[`${snapshot}s`])
  const snapshots = found.map(each => {
    const {
      Status: status,
      PercentProgress: progress,
      SnapshotCreateTime: createdAt,
      TagList: tags,
    } = snapshotIn.parse(each)
    const names = named.parse(each)
    const [id = '', source = ''] = [names[`${snapshot}Identifier`], names[`${database}Identifier`]]
    return { id, source, status, progress, createdAt, tags }
  })
  const { Marker } = answer
  return { snapshots, ...(typeof Marker === 'string' && { marker: Marker }) }
}

/** `taken`: there is a snapshot of this name; `busy`: the database is doing something else; `no-room`: the quota is used up. */
export type SnapshotAnswer = 'asked' | 'taken' | 'busy' | 'no-database' | 'no-room' | { refused: string }

/** Has no token of its own: the name is what a repetition is known by. */
export async function createSnapshot(
  kind: RdsKind,
  { id, source, tags }: { id: string; source: string; tags: Tags },
): Promise<SnapshotAnswer> {
  const { database, snapshot } = NAMES[kind]
  const form = { [`${snapshot}Identifier`]: id, [`${database}Identifier`]: source, Tags: tagsForm(tags) }
  try {
    return await answered<Exclude<SnapshotAnswer, object>>(askRds(`Create${snapshot}`, form), {
      [`${snapshot}AlreadyExists`]: 'taken',
      [`Invalid${database}State`]: 'busy',
      [`${database}NotFound`]: 'no-database',
      SnapshotQuotaExceeded: 'no-room',
    })
  } catch (error) {
    const refused = refusalIn(error)
    if (refused === undefined) throw error
    return { refused }
  }
}

/** False when it is not there any more, or on its way out. */
export async function deleteSnapshot(kind: RdsKind, id: string): Promise<boolean> {
  const { snapshot } = NAMES[kind]
  const gone = { [`${snapshot}NotFound`]: 'gone', [`Invalid${snapshot}State`]: 'gone' } as const
  return (await answered(askRds(`Delete${snapshot}`, { [`${snapshot}Identifier`]: id }), gone)) === 'asked'
}

const quota = z.object({ AccountQuotaName: z.string(), Used: z.coerce.number(), Max: z.coerce.number() })

/** How many snapshots of this kind there are, and may be; undefined when AWS does not say so. */
export async function snapshotQuota(kind: RdsKind): Promise<{ used: number; max: number } | undefined> {
  const { AccountQuotas } = z
    .object({ AccountQuotas: listOf('AccountQuota', quota) })
    .parse(await askRds('DescribeAccountAttributes', {}))
  const found = AccountQuotas.find(({ AccountQuotaName }) => AccountQuotaName === NAMES[kind].quota)
  return found && { used: found.Used, max: found.Max }
}

export function tagsForm(tags: Tags): Form {
  return { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
}

/** What RDS said, where it is one of these codes; whatever else it refuses is a surprise. */
async function answered<T extends string>(call: Promise<unknown>, codes: Record<string, T>): Promise<T | 'asked'> {
  try {
    await call
    return 'asked'
  } catch (error) {
    const known = error instanceof ServiceError ? codes[error.name] : undefined
    if (known === undefined) throw error
    return known
  }
}

export const isCode = (error: unknown, code: string) => error instanceof ServiceError && error.name === code
