import type { Tag } from '@aws-sdk/client-rds'
import { tail } from '../letters.ts'
import { ACCOUNT, AwsError, arn, REGION } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { Database, Kind, RdsWorld, Snapshot } from './model.ts'

/** What the operations on both kinds say differently. */
export const KINDS = {
  instance: {
    database: 'DBInstance',
    snapshot: 'DBSnapshot',
    databaseArn: 'db',
    snapshotArn: 'snapshot',
    longestSnapshotName: 255,
    quota: 'snapshots',
  },
  cluster: {
    database: 'DBCluster',
    snapshot: 'DBClusterSnapshot',
    databaseArn: 'cluster',
    snapshotArn: 'cluster-snapshot',
    longestSnapshotName: 63,
    quota: 'clusterSnapshots',
  },
} as const

const LONGEST_DATABASE_NAME = 63

export const invalid = (message: string) => new AwsError('InvalidParameterValue', message)
export const invalidCombination = (message: string) => new AwsError('InvalidParameterCombination', message)

/** A value that RDS demands although the model lets it be absent. */
export function demanded<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new AwsError('MissingParameter', `The request must contain the parameter ${name}`)
  return value
}

/** Refuses by name what is asked for and not rehearsed. */
export function rehearsedOnly(operation: string, input: object, members: readonly string[]): void {
  for (const [member, value] of Object.entries(input)) {
    const asksNothing = value === undefined || value === false || (Array.isArray(value) && value.length === 0)
    if (!asksNothing && !members.includes(member)) throw notRehearsed(`rds:${operation} with ${member}`)
  }
}

export function newDatabaseName(kind: Kind, name: string | undefined): string {
  return newName(`${KINDS[kind].database}Identifier`, name, LONGEST_DATABASE_NAME)
}

export function newSnapshotName(kind: Kind, name: string | undefined): string {
  return newName(`${KINDS[kind].snapshot}Identifier`, name, KINDS[kind].longestSnapshotName)
}

/** Names are kept in lower case. */
function newName(parameter: string, given: string | undefined, most: number): string {
  const name = demanded(parameter, given).toLowerCase()
  if (!/^[a-z](-?[a-z0-9])*$/.test(name)) {
    throw invalid(
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    )
  }
  if (name.length > most) throw invalid(`The parameter ${parameter} must not be longer than ${most} characters.`)
  return name
}

export const databaseArn = (kind: Kind, id: string) => arn('rds', `${KINDS[kind].databaseArn}:${id}`)
export const snapshotArn = (kind: Kind, id: string) => arn('rds', `${KINDS[kind].snapshotArn}:${id}`)

/** Where a name may be an ARN as well. */
export function nameIn(kind: Kind, nameOrArn: string): string {
  const prefix = databaseArn(kind, '')
  return (nameOrArn.startsWith(prefix) ? nameOrArn.slice(prefix.length) : nameOrArn).toLowerCase()
}

/** Each account has letters of its own in a Region. */
const LETTERS = tail(`rds/${ACCOUNT}/${REGION}`, 12, 'abcdefghijklmnopqrstuvwxyz0123456789')

export function addressOf(id: string, group?: 'cluster' | 'cluster-ro'): string {
  return `${id}.${group ? `${group}-` : ''}${LETTERS}.${REGION}.rds.amazonaws.com`
}

/** What RDS itself calls a database, and never gives another one. */
export const resourceId = ({ kind, id }: { kind: Kind; id: string }) =>
  `${kind === 'instance' ? 'db' : 'cluster'}-${tail(`rds/${kind}/${id}`, 26)}`

export function databaseOf(world: RdsWorld, kind: Kind, nameOrArn: string | undefined): Database {
  const { database } = KINDS[kind]
  const name = nameIn(kind, demanded(`${database}Identifier`, nameOrArn))
  const found = world.databases[kind].get(name)
  if (found) return found
  throw new AwsError(`${database}NotFoundFault`, `${database} ${name} not found.`, 404)
}

export function snapshotOf(world: RdsWorld, kind: Kind, given: string | undefined): Snapshot {
  const name = demanded(`${KINDS[kind].snapshot}Identifier`, given).toLowerCase()
  const found = world.snapshots[kind].get(name)
  if (found) return found
  throw noSnapshot(kind, name)
}

export function noSnapshot(kind: Kind, name: string): AwsError {
  const { snapshot } = KINDS[kind]
  return new AwsError(`${snapshot}NotFoundFault`, `${snapshot} ${name} not found.`, 404)
}

const MOST_TAGS = 50

export function checkedTags(tags: Tag[] = []): Tag[] {
  if (tags.length > MOST_TAGS) throw invalid(`A resource can have at most ${MOST_TAGS} tags.`)
  return tags.map(({ Key = '', Value = '' }) => {
    const isRight = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(Key + Value) && !/^(aws|rds):/.test(Key)
    if (!isRight || Key.length < 1 || Key.length > 128 || Value.length > 256) {
      throw invalid(`The tag ${Key} is not valid: keys have 1 to 128 characters, values at most 256.`)
    }
    return { Key, Value }
  })
}
