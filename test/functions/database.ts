import type { Stage } from '../../domain/application.ts'
import { checkedRelease, EXECUTION, type Release } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld, type World } from './world.ts'

export const DATABASE = 'demo-db'
const ACCOUNT = 'eu-west-1:111122223333'
export const rdsArn = (resource: string) => `arn:aws:rds:${ACCOUNT}:${resource}`

/** The name of the snapshot that the release makes. */
export const SNAPSHOT = 'sluice-demo-production-3f9c0a7f6d6a-1'

export type FileChange = NonNullable<Parameters<typeof createWorld>[0]>

/** The application file of a stage with this backup; the rest of `more` is the stage's, too. */
export function withBackup(backup: object, more: object = {}): FileChange {
  return file => {
    Object.assign(file.stages[0] ?? {}, { backup, ...more })
  }
}

const OWNER = { MasterUsername: 'demo', MasterUserPassword: 'only-for-tests' }
const PLACE = { DBSubnetGroupName: 'demo-subnets', VpcSecurityGroupIds: ['sg-0a1b2c3d', 'sg-1a1b2c3d'] }
const CLASS = { DBInstanceClass: 'db.t4g.small', DBParameterGroupName: 'demo-parameters', PubliclyAccessible: true }

/** An instance that is there, and free. */
export async function createInstance(world: World, more: object = {}): Promise<void> {
  const size = { Engine: 'postgres', AllocatedStorage: 20, DBName: 'demo' }
  const input = { DBInstanceIdentifier: DATABASE, ...OWNER, ...PLACE, ...CLASS, ...size, ...more }
  await world.ask(world.services.rds, 'CreateDBInstance', input)
  await world.pass(10 * 60_000)
}

/** A cluster with a writer, that is there, and free. */
export async function createCluster(world: World): Promise<void> {
  const { rds } = world.services
  const Engine = 'aurora-postgresql'
  const scaling = { ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 } }
  const groups = { ...PLACE, DBClusterParameterGroupName: 'demo-cluster-parameters' }
  const named = { DBClusterIdentifier: DATABASE, Engine }
  const made = { EngineVersion: '18.1', DatabaseName: 'demo' }
  await world.ask(rds, 'CreateDBCluster', { ...named, ...OWNER, ...groups, ...scaling, ...made })
  await world.pass(10 * 60_000)
  await world.ask(rds, 'CreateDBInstance', { ...named, ...CLASS, DBInstanceIdentifier: `${DATABASE}-writer` })
  await world.pass(10 * 60_000)
}

/** What the stage's database is made by, and what its snapshots are called by RDS. */
export const KINDS = {
  'rds-instance': {
    create: createInstance,
    database: 'db',
    snapshot: 'snapshot',
    words: 'DBInstance',
    copy: 'DBSnapshot',
  },
  'rds-cluster': {
    ...{ create: createCluster, database: 'cluster', snapshot: 'cluster-snapshot' },
    ...{ words: 'DBCluster', copy: 'DBClusterSnapshot' },
  },
} as const
export type Kind = keyof typeof KINDS

/** A snapshot that somebody makes of the stage's database; it is there once `made` has passed. */
export async function takeSnapshot(world: World, kind: Kind, id: string, tags: Record<string, string>): Promise<void> {
  const { words, copy } = KINDS[kind]
  await world.ask(world.services.rds, `Create${copy}`, {
    [`${copy}Identifier`]: id,
    [`${words}Identifier`]: DATABASE,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  })
}

/** Longer than RDS takes for one here. */
export const MADE_MS = 4 * 60_000

export const tagsOf = (release: string, stage = 'production', app = 'demo') => ({
  ...{ 'sluice:app': app, 'sluice:stage': stage },
  'sluice:release': `${app}-${release}-1`,
})

export interface BackupStage {
  world: World
  release: Release
  stage: Stage
}

/** A release whose stage has a database of this kind, and is to back it up. */
export async function aStageWith(
  kind: Kind,
  over: object = {},
  more: object = {},
  how: Parameters<typeof createWorld>[1] = {},
): Promise<BackupStage> {
  const world = await createWorld(withBackup({ kind, id: DATABASE, ...over }, more), how)
  await KINDS[kind].create(world)
  const release = await checkedRelease(world)
  const [stage] = release.plan.stages
  if (!stage) throw new Error('the release has no stage')
  return { world, release, stage }
}

export async function enterBackup({ world, release }: Pick<BackupStage, 'world' | 'release'>) {
  const { handler } = await import('../../functions/back-up-database.ts')
  return { handler, ...(await enter(world, handler, release.held, EXECUTION)) }
}
