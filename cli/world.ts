import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Application } from '../domain/application.ts'
import { readService } from '../functions/aws/ecs.ts'
import { type Rehearsal, startRehearsal } from '../rehearsal/index.ts'
import { findInstallation, type Installation } from './installation.ts'
import { REHEARSALS, type Synthesis } from './synth.ts'

export type Users = ReturnType<Rehearsal['createUsers']>

/** A rehearsed account with the stack and the application's fleet in it, before anything is pushed. */
export interface World {
  application: Application
  rehearsal: Rehearsal
  installation: Installation
  users: Users
  usersPerSecond: number
  usersUrl: string
  logDir: string
  /** What `docker push` does; `tag` absent: untagged. */
  push(repository: string, version: string, tag?: string): { digest: string }
}

export interface WorldOptions {
  file: string
  application: Application
  synthesis: Synthesis
  drive: 'paced' | 'jump'
  speed?: number
  /** Runs before anything is heard of: what happened in the account before Sluice was there. */
  history?: (world: World) => Promise<void>
}

const USERS_PER_SECOND = 6
const STEADY_WITHIN_MS = 15 * 60_000

interface FleetModule {
  FIRST_TAG: string
  createFleet(
    application: Application,
    push: (repository: string) => void,
  ): Promise<{ hosts: Record<string, string>; url: string }>
}

/** Starts the rehearsal of an application with the fleet that its fleet file makes; the services run when it resolves. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { file, application, drive, speed } = options
  const module = await fleetOf(file)
  const logDir = newLogDir()
  const rehearsal = await startRehearsal({
    assembly: options.synthesis.directory,
    drive,
    logDir,
    ...(speed !== undefined && { speed }),
  })
  try {
    const { clock, events, ecr } = rehearsal
    const heard = events.faults
    events.faults = () => 'drop'
    const installation = await findInstallation({
      ...rehearsal.env,
      AWS_PROFILE: undefined,
      AWS_SESSION_TOKEN: undefined,
    })
    const push: World['push'] = (repository, version, tag) =>
      ecr.push({ repository, folder: imageFolder(file, repository, version), ...(tag && { tag }) })
    const fleet = await clock.during('create the fleet', () =>
      module.createFleet(application, repository => void push(repository, module.FIRST_TAG, module.FIRST_TAG)),
    )
    for (const [host, balancer] of Object.entries(fleet.hosts)) rehearsal.loadBalancers.hosts.set(host, balancer)
    const users = rehearsal.createUsers({ url: fleet.url, perSecond: USERS_PER_SECOND })
    const around = { users, usersPerSecond: USERS_PER_SECOND, usersUrl: fleet.url }
    const world: World = { application, rehearsal, installation, ...around, logDir, push }
    await steady(world)
    await options.history?.(world)
    // What was announced until here finds nobody who listens.
    await clock.sleep(5_000)
    events.faults = heard
    return world
  } catch (error) {
    await rehearsal.stop()
    throw error
  }
}

async function steady({ application, rehearsal: { clock } }: World): Promise<void> {
  const deadline = clock.now() + STEADY_WITHIN_MS
  const services = application.stages.flatMap(({ cluster, services }) =>
    services.map(({ service }) => [cluster, service] as const),
  )
  for (const [cluster, name] of services) {
    for (;;) {
      const service = await clock.during('look at the fleet', () => readService(cluster, name))
      const done = service.deployments?.length === 1 && service.deployments[0]?.rolloutState === 'COMPLETED'
      if (done && service.runningCount === service.desiredCount) break
      if (clock.now() > deadline)
        throw new Error(
          `service ${name} of cluster ${cluster} is not steady: ${service.events?.[0]?.message ?? 'no event'}`,
        )
      await clock.sleep(2_000)
    }
  }
}

/** The module beside the application file that creates its fleet. */
async function fleetOf(file: string): Promise<FleetModule> {
  const path = besides(file, '.fleet.ts')
  if (!existsSync(path))
    throw new Error(
      `${file} has no fleet to be rehearsed on: write ${path}, which exports FIRST_TAG and ` +
        'createFleet(application, push), as apps/demo.fleet.ts does',
    )
  return import(pathToFileURL(path).href)
}

function imageFolder(file: string, repository: string, version: string): string {
  const folder = join(besides(file, '-images'), repository, version)
  if (existsSync(join(folder, 'container.mjs'))) return folder
  throw new Error(
    `there is no image to push to ${repository}: write ${folder}/container.mjs (apps/demo-images/demo-api/v1 shows how)`,
  )
}

/** `apps/demo.yaml`, `.fleet.ts` → `apps/demo.fleet.ts`. */
function besides(file: string, ending: string): string {
  return join(dirname(resolve(file)), basename(file).replace(/\.ya?ml$/, '') + ending)
}

function newLogDir(): string {
  const folder = join(REHEARSALS, 'logs')
  mkdirSync(folder, { recursive: true })
  const name = `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${process.pid}-${readdirSync(folder).length}`
  return join(folder, name)
}
