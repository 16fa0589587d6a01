import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Application } from '../../domain/application.ts'
import { readService } from '../../functions/aws/ecs.ts'
import { type Rehearsal, type RehearsalOptions, startRehearsal } from '../../rehearsal/index.ts'
import { findInstallation, type Installation } from '../installation.ts'
import { type Account, type Ground, groundOf, imageFolder, loadFleet, versionsOf, versionsToPush } from './fleet.ts'
import { keepNewest, REHEARSALS } from './kept.ts'
import { usersOf } from './users.ts'

export interface Push {
  repository: string
  /** Folder of the image under `<name>-images/<repository>/`; with `of`, another repository's. */
  version: string
  of?: string
  /** Absent: pushed without a tag. */
  tag?: string
}

/** A rehearsed account with the stack and the application's fleet in it, before anything is released. */
export interface World {
  application: Application
  rehearsal: Rehearsal
  installation: Installation
  users: ReturnType<Rehearsal['createUsers']>
  usersPerSecond: number
  usersUrls: string[]
  logDir: string
  ground: Ground
  /** What `docker push` does. */
  push(push: Push): { digest: string }
}

export interface WorldOptions {
  file: string
  application: Application
  /** The cloud assembly. */
  assembly: string
  drive: 'paced' | 'jump'
  speed?: number
  /** AWS time at the start; default: now. */
  start?: number
  /** What happened in the account before Sluice was there: none of it is heard of. */
  earlier?: (world: World) => Promise<void> | void
  usersPerSecond?: number
  /** Where the pages are to be, if that port is free. */
  apiPort?: number
  /** Functions that are warm in the end serve the next rehearsal of this process, too. */
  lasting?: boolean
  /** What is taken out of roles' policies. */
  forbidden?: NonNullable<RehearsalOptions['forbidden']>
  /** Hears of what roles of the stack are denied. */
  onDenied?: NonNullable<RehearsalOptions['onDenied']>
  /** What databases run on, where not on real PostgreSQL servers. */
  postgres?: NonNullable<RehearsalOptions['postgres']>
  /** Told as soon as there is something to stop. */
  opened?: (rehearsal: Rehearsal) => void
}

/** In AWS time, of which a drive that jumps has more than anybody could serve; at the usual speed 200 in a real second. */
const USERS_PER_SECOND = { paced: 200 / 60, jump: 2 }
const KEPT_LOGS = 30
const STEADY_WITHIN_MS = 15 * 60_000
/** What is waited for takes minutes. */
const LOOK_AGAIN_MS = 20_000
const AVAILABLE_WITHIN_MS = 3_600_000
/** The SDK would take these before the rehearsal's keys, or beside them. */
const FOREIGN = { AWS_PROFILE: undefined, AWS_SESSION_TOKEN: undefined }

/** Starts the rehearsal of an application with the fleet that its fleet file makes; its services run when it resolves. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { file, application, assembly, drive, speed, apiPort, usersPerSecond = USERS_PER_SECOND[drive] } = options
  const ground = groundOf(file, application)
  const { createFleet, FIRST_TAG } = await loadFleet(ground)
  const logDir = newLogDir()
  const rehearsal = await startRehearsal({
    ...{ assembly, drive, logDir, slackUsers: slackUsers(application) },
    ...(speed !== undefined && { speed }),
    ...(options.start !== undefined && { start: options.start }),
    ...(apiPort !== undefined && { apiPort }),
    ...(options.lasting !== undefined && { lasting: options.lasting }),
    ...(options.forbidden && { forbidden: options.forbidden }),
    ...(options.onDenied && { onDenied: options.onDenied }),
    ...(options.postgres && { postgres: options.postgres }),
  })
  options.opened?.(rehearsal)
  try {
    const { clock, events, ecr, loadBalancers } = rehearsal
    const deliver = events.faults
    events.faults = () => 'drop'
    const push = ({ repository, version, tag, of = repository }: Push) =>
      ecr.push({ repository, folder: imageFolder(ground, of, version), ...(tag !== undefined && { tag }) })
    const installation = await clock.during('find the stack', () => findInstallation({ ...rehearsal.env, ...FOREIGN }))
    const first = (repository: string) => void push({ repository, version: FIRST_TAG, tag: FIRST_TAG })
    const fleet = await withTime(clock, 'create the fleet', until => createFleet(application, { push: first, until }))
    for (const { after } of application.stages)
      for (const { distribution } of after) rehearsal.cloudFront.addDistribution(distribution)
    for (const [host, balancer] of Object.entries(fleet.hosts)) loadBalancers.hosts.set(host, balancer)
    const users = usersOf(rehearsal, fleet.urls, usersPerSecond)
    const asking = { users, usersPerSecond, usersUrls: fleet.urls }
    const world: World = { application, rehearsal, installation, ...asking, logDir, ground, push }
    await steady(world)
    await options.earlier?.(world)
    events.faults = deliver
    return world
  } catch (error) {
    await rehearsal.stop()
    throw error
  }
}

/** Does something that only moves on while it, or a part of it that runs beside others, waits for what AWS takes time for. */
async function withTime<T>(
  clock: Rehearsal['clock'],
  what: string,
  work: (until: Account['until']) => Promise<T>,
): Promise<T> {
  let release = clock.hold(what)
  let asleep = 0
  const until: Account['until'] = async (awaited, found) => {
    const deadline = clock.now() + AVAILABLE_WITHIN_MS
    for (;;) {
      const result = await found()
      if (result !== undefined) return result
      if (clock.now() > deadline) throw new Error(`${what}: ${awaited} is not there in time`)
      if (asleep++ === 0) release()
      await clock.sleep(LOOK_AGAIN_MS)
      if (--asleep === 0) release = clock.hold(what)
    }
  }
  try {
    return await work(until)
  } finally {
    release()
  }
}

function slackUsers({ stages }: Application): string[] {
  return stages.flatMap(({ approval }) => approval?.approvers.flatMap(({ slack }) => slack ?? []) ?? [])
}

async function steady({ application, rehearsal: { clock } }: World): Promise<void> {
  const deadline = clock.now() + STEADY_WITHIN_MS
  for (const { cluster, services } of application.stages) {
    for (const { service: name } of services) {
      for (;;) {
        const service = await clock.during('look at the fleet', () => readService(cluster, name))
        const [first, ...others] = service.deployments ?? []
        if (first?.rolloutState === 'COMPLETED' && others.length === 0) break
        if (clock.now() > deadline)
          throw new Error(`${cluster}/${name} does not become steady: ${service.events?.[0]?.message ?? 'no event'}`)
        await clock.sleep(2_000)
      }
    }
  }
}

/** Pushes every version that there is, without anybody hearing of it: a person can then push each by the command. */
export function fillRegistry({ application, ground, rehearsal: { events }, push }: World): void {
  events.faults = () => 'drop'
  const repositories = Object.values(application.images)
  for (const tag of new Set(repositories.flatMap(repository => versionsOf(ground, repository))))
    for (const [repository, version] of versionsToPush(ground, repositories, tag)) push({ repository, version, tag })
  events.faults = () => 'deliver'
}

function newLogDir(): string {
  const folder = join(REHEARSALS, 'logs')
  mkdirSync(folder, { recursive: true })
  keepNewest(folder, KEPT_LOGS)
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+Z/g, '')
  return join(folder, `${time}-${process.pid}-${readdirSync(folder).length}`)
}
