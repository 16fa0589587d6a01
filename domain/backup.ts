import { inWords } from './field.ts'
import { type AttemptOf, type StageOf, stageOf } from './identity.ts'

/** Snapshots of databases: what they are called, which of them are good, and which have had their day. */

/** Tags by which a snapshot or a restored database is known as ours. */
export type Tags = Record<string, string>

export interface Snapshot {
  id: string
  /** Identifier of the database that it was made of. */
  source: string
  /** RDS's own word. */
  status: string
  /** 0 to 100. */
  progress: number
  /** In ms; undefined while RDS has not said so. */
  createdAt: number | undefined
  tags: Tags
}

/** Longest identifier of a DB instance, a cluster or a cluster snapshot; those of an instance may be longer. */
const LONGEST = 63

export function ourTags({ app, stage, release, attempt }: StageOf): Tags {
  return { 'sluice:app': app, 'sluice:stage': stage, 'sluice:release': `${app}-${release}-${attempt}` }
}

/** Whether it carries every one of these tags. */
export function isTagged(tags: Tags, expected: Tags): boolean {
  return Object.entries(expected).every(([key, value]) => tags[key] === value)
}

/**
 * The one name of the snapshot that an attempt of a release makes at a stage: of two attempts, or two stages, none has the
 * other's. RDS allows no double hyphen and none at the end; a name that would have one, could be read in two ways, or is too
 * long carries a hash instead of what is lost.
 */
export function snapshotName({ app, stage, release, attempt }: StageOf): string {
  const end = `${release}-${attempt}`
  const plain = `sluice-${app}-${stage}-${end}`
  if (!app.includes('-') && !stage.includes('-') && plain.length <= LONGEST) return plain
  return joined(`sluice-${app}-${stage}`, `${hash(`${app}/${stage}`)}-${end}`)
}

/**
 * Whether a release made it at this stage: whoever copies a snapshot may copy its tags, but not the name, which follows from
 * them.
 */
export function isOfStage({ id, tags }: Snapshot, { app, stage }: Pick<StageOf, 'app' | 'stage'>): boolean {
  const [release, attempt] = tags['sluice:release']?.split('-').slice(-2) ?? []
  const of = stageOf.safeParse({ app, stage, release, attempt: Number(attempt) })
  return of.success && isTagged(tags, ourTags(of.data)) && id === snapshotName(of.data)
}

/** What a database restored beside `id` is called: never what the running one is. */
export function besideName(id: string, { release, attempt }: AttemptOf): string {
  const end = `${release}-${attempt}`
  const source = id.toLowerCase()
  // The first instance of a restored cluster has two more characters.
  const plain = `${source}-${end}`
  return plain.length <= LONGEST - 2 ? plain : joined(source, `${hash(source)}-${end}`)
}

/** IAM's pattern for whatever is restored beside `id`. */
export function besidePattern(id: string): string {
  const source = id.toLowerCase()
  // A name that is cut keeps 32 characters at least, of an attempt of seven digits.
  return source.length <= 40 ? `${source}-*` : `${source.slice(0, 32).replace(/-$/, '')}*`
}

function joined(head: string, end: string): string {
  const room = LONGEST - 2 - 1 - end.length
  return `${head.replace(/-+/g, '-').slice(0, room).replace(/-$/, '')}-${end}`
}

/** FNV-1a, 32 bits: seven characters that tell apart what was cut. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return value.toString(36).padStart(7, '0')
}

export type SnapshotVerdict =
  | { kind: 'there' }
  | { kind: 'making' }
  | { kind: 'failed'; because: string }
  /** It has our name and is somebody else's. */
  | { kind: 'foreign'; because: string }

/** What has become of a snapshot that has our name. Failure is announced by no event of RDS: only its status tells. */
export function judgeSnapshot(
  { id, source, status, tags }: Snapshot,
  expected: { source: string; tags: Tags },
): SnapshotVerdict {
  const database = expected.source.toLowerCase()
  if (source !== database)
    return { kind: 'foreign', because: `snapshot ${id} is there already, but of database ${source}; delete it` }
  if (!isTagged(tags, expected.tags))
    return {
      kind: 'foreign',
      because: `snapshot ${id} of ${source} is there already, without our tags; delete it, or make a copy of it by another name`,
    }
  if (status === 'available') return { kind: 'there' }
  if (!isLost(status)) return { kind: 'making' }
  return {
    kind: 'failed',
    because: `snapshot ${id} of ${source} is ${status}; look at the events of ${source} in RDS, and mend what they name`,
  }
}

/** Whether no way leads from this status of a snapshot or a database to `available`. */
export function isLost(status: string): boolean {
  return /^(failed|deleting|deleted|restore-error|incompatible-.*|inaccessible-.*)$/.test(status)
}

/** Whether a database with this status is not `available` again before somebody does something about it. */
export function staysSo(status: string): boolean {
  return status === 'stopped' || status === 'storage-full' || isLost(status)
}

/** That a snapshot cannot be made, since as many are there as the account may have; undefined: there is room. */
export function noRoom({ used, max }: { used: number; max: number }, what: string): string | undefined {
  return used < max
    ? undefined
    : `${used} of the ${max} ${what} that this account may have in this region are there; delete some that nobody needs, or have the quota raised`
}

export interface BackupLimit {
  now: number
  /** Since when it is tried, in ms. */
  since: number
  /** Longest time, in ms. */
  within: number
}

export const isLate = ({ now, since, within }: BackupLimit) => now - since >= within

export function tooLate({ within }: BackupLimit, what: string): string {
  return `${what} after ${inWords(within)}, which is all that backup.within allows`
}

/**
 * The snapshots of one database and stage that have had their day, the oldest first: good ones beyond the newest `keep`, and
 * failed ones older than the newest good one. That one always stays, and so does what is still being made.
 */
export function toPrune(snapshots: Snapshot[], keep: number): string[] {
  const newestFirst = snapshots
    .flatMap(snapshot => (snapshot.createdAt === undefined ? [] : { ...snapshot, createdAt: snapshot.createdAt }))
    .sort((a, b) => b.createdAt - a.createdAt)
  const good = newestFirst.filter(({ status }) => status === 'available')
  const newest = good[0]
  if (!newest) return []
  const kept = new Set(good.slice(0, Math.max(1, keep)))
  return newestFirst
    .filter(snapshot =>
      snapshot.status === 'available'
        ? !kept.has(snapshot)
        : isLost(snapshot.status) && !snapshot.status.startsWith('delet') && snapshot.createdAt < newest.createdAt,
    )
    .map(({ id }) => id)
    .reverse()
}

/** Where a task said that its backup is: the last line that is the address of an object in this bucket. */
export function lastAddress(lines: string[], bucket: string): { bucket: string; key: string } | undefined {
  const prefix = `s3://${bucket}/`
  const line = lines.map(text => text.trim()).findLast(text => text.startsWith(prefix) && text.length > prefix.length)
  return line === undefined ? undefined : { bucket, key: line.slice(prefix.length) }
}

/**
 * Whether the address of a request can name an object of this key: whoever sends it takes `.` and `..` for folders, of another
 * bucket even; and S3 has no longer keys.
 */
export function isAddressable(key: string): boolean {
  const isPath = key.split('/').some(part => part === '.' || part === '..')
  return !isPath && key.isWellFormed() && new TextEncoder().encode(key).length <= 1_024
}
