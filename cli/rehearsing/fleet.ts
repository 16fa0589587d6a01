import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Application } from '../../domain/application.ts'

/** What `<application>.fleet.ts` exports. */
export interface FleetModule {
  /** The version that runs before anything is released. */
  FIRST_TAG: string
  /** Creates with ordinary SDK calls what the application's owners have made before Sluice comes. */
  createFleet(application: Application, account: Account): Promise<Fleet>
}

export interface Account {
  /** Pushes the first version of a repository's image. */
  push(repository: string): void
  /** Looks again and again until there is something, while AWS time passes. */
  until<T>(what: string, found: () => Promise<T | undefined>): Promise<T>
}

export interface Fleet {
  /** Host names of the application file → DNS name of the load balancer that answers there. */
  hosts: Record<string, string>
  /** What the users of the last stage ask for. */
  urls: string[]
}

/** On what an application is rehearsed. */
export interface Ground {
  /** Module that creates the fleet. */
  fleet: string
  /** Folder of the images: `<repository>/<version>/container.mjs`. */
  images: string
}

const DEMO = resolve(import.meta.dirname, '../../apps/demo.yaml')

/**
 * The fleet file and the images beside the application file. A variation of the demo needs none of its own: the demo's
 * fleet takes all names from the application file. Throws with what to write where there is nothing to rehearse on.
 */
export function groundOf(file: string, { images }: Application): Ground {
  const own = beside(file)
  if (existsSync(own.fleet)) return own
  const demo = beside(DEMO)
  if (Object.values(images).every(repository => existsSync(join(demo.images, repository)))) return demo
  throw new Error(
    `${file} has no fleet to be rehearsed on: write ${own.fleet}; it exports FIRST_TAG and createFleet(application, account), ` +
      'as apps/demo.fleet.ts does for any application',
  )
}

export async function loadFleet({ fleet }: Ground): Promise<FleetModule> {
  return import(pathToFileURL(fleet).href)
}

/** The folder that is an image. Throws with what to write where there is none. */
export function imageFolder({ images }: Ground, repository: string, version: string): string {
  const folder = join(images, repository, version)
  if (existsSync(join(folder, 'container.mjs'))) return folder
  throw new Error(
    `there is no image ${version} to push to ${repository}: write ${join(folder, 'container.mjs')} ` +
      '(apps/demo-images/demo-api/v1 shows how)',
  )
}

/**
 * What is pushed to each of these repositories as `version`: a variation of one image, such as `v2-slow-start`, goes out with
 * the `v2` of the others.
 */
export function versionsToPush(ground: Ground, repositories: string[], version: string): [string, string][] {
  const plain = version.replace(/-.*$/, '')
  const has = (repository: string) => versionsOf(ground, repository).includes(version)
  const isVariation = repositories.some(has)
  return repositories.map(repository => [repository, isVariation && !has(repository) ? plain : version])
}

/** The versions of a repository's image that there are folders for. */
export function versionsOf({ images }: Ground, repository: string): string[] {
  return readdirSync(join(images, repository)).sort()
}

/** `apps/demo.yaml` → `apps/demo.fleet.ts` and `apps/demo-images`. */
function beside(file: string): Ground {
  const name = join(dirname(resolve(file)), basename(file).replace(/\.ya?ml$/, ''))
  return { fleet: `${name}.fleet.ts`, images: `${name}-images` }
}
