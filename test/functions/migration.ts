import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContainerDefinition, RegisterTaskDefinitionRequest, RunTaskRequest } from '@aws-sdk/client-ecs'
import { onTestFinished } from 'vitest'
import { type Behaviour, REGISTRY } from './fleet.ts'
import { lockedRelease, type Release } from './release.ts'
import { type Entry, enter, type Standing } from './waiting.ts'
import { type ApplicationFile, createWorld, type World } from './world.ts'

const IMAGE = new URL('../rehearsal/images/migrating/container.mjs', import.meta.url)

export interface Prepared {
  /** Of `migrate` in the file. */
  migrate?: object
  /** Of the stage in the file. */
  stage?: object
  /** What the migration's container does. */
  command?: string[]
  /** Of the image that is released. Default: `migrating`. */
  content?: Behaviour
  container?: Partial<ContainerDefinition>
  definition?: Partial<RegisterTaskDefinitionRequest>
  /** What is so before the release. */
  before?: (world: World) => Promise<void>
}

export interface Migrating extends Entry {
  world: World
  release: Release
  records: Awaited<ReturnType<typeof loadDatabaseRecords>>
  /** The task definition that the users registered. */
  base: string
  /** What RunTask was asked. */
  asked: RunTaskRequest[]
  tasks(): ReturnType<World['services']['ecs']['tasksRun']>
  /** Enters or repeats the step until it has ended, while AWS time passes. */
  ended(): Promise<Standing>
  /** The state is entered once more. */
  again(): Promise<Entry>
}

export const loadDatabaseRecords = () => import('../../functions/aws/database-ledger.ts')

/** The simplest application whose stage migrates its database; its image is the server and its tool in one. */
export function migrating({ migrate, stage }: Prepared = {}) {
  return (file: ApplicationFile): void => {
    Object.assign(file.stages[0] ?? {}, {
      migrate: { taskDefinition: 'demo-migrations', container: 'migrate', image: 'api', ...migrate },
      ...stage,
    })
  }
}

/** Registers what migrates; `v1` of the fleet is its image until a release says otherwise. */
export async function registerMigration(
  world: World,
  { command, container, definition }: Prepared = {},
): Promise<string> {
  const options = { 'awslogs-group': '/demo/migrations', 'awslogs-stream-prefix': 'ecs' }
  const migrate: ContainerDefinition = {
    name: 'migrate',
    image: `${REGISTRY}/demo-api:v1`,
    command: command ?? ['exit', '0'],
    logConfiguration: { logDriver: 'awslogs', options },
    ...container,
  }
  return world.register({ family: 'demo-migrations', containerDefinitions: [migrate], ...definition })
}

/** A release whose preconditions were checked; its migration is next. */
export async function migratingRelease(prepared: Prepared = {}): Promise<Migrating> {
  const world = await createWorld(migrating(prepared))
  await prepared.before?.(world)
  const base = await registerMigration(world, prepared)
  const release = await lockedRelease(world, prepared.content ?? 'migrating')
  const checks = await import('../../functions/check-preconditions.ts')
  await world.invoke(checks.handler, { ...release.held, round: 0 })

  const asked = recordRunTask(world)
  const { handler } = await import('../../functions/run-migrations.ts')
  const entry = await enter(world, handler, release.held)
  return {
    ...{ ...entry, world, release, base, asked },
    records: await loadDatabaseRecords(),
    tasks: () => world.services.ecs.tasksRun(),
    ended: () => endOf(world, entry),
    again: () => enter(world, handler, release.held),
  }
}

export async function endOf(world: World, entry: Entry): Promise<Standing> {
  for (let retry = 1; retry < 400; retry++) {
    const standing = await entry.begin({ retry })
    if (standing.kind !== 'waits') return standing
    await world.pass(30_000)
  }
  throw new Error('the step never ended')
}

function recordRunTask({ services: { ecs } }: World): RunTaskRequest[] {
  const asked: RunTaskRequest[] = []
  const { RunTask: run } = ecs.operations
  if (!run) throw new Error('RunTask is not rehearsed')
  ecs.operations.RunTask = (input, caller) => {
    asked.push(input)
    return run(input, caller)
  }
  return asked
}

/** The service runs an image of before that has commands, too, and is another than the one that is released. */
export async function serveEarlier(world: World): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'image-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'container.mjs'), `${readFileSync(IMAGE, 'utf8')}// of before\n`)
  const { digest } = world.services.ecr.push({ repository: 'demo-api', tag: 'before', folder })
  const made = await world.register({
    containerDefinitions: [{ name: 'api', image: `${REGISTRY}/demo-api@${digest}` }],
  })
  await world.update({ taskDefinition: made })
  await world.settled()
  return digest
}
