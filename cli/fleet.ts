import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Application } from '../domain/application.ts'

/** What `<application>.fleet.ts` exports. */
export interface FleetModule {
  /** The version that runs before anything is released. */
  FIRST_TAG: string
  /** Creates with ordinary SDK calls what the application's owners have made before Sluice comes. */
  createFleet(application: Application, push: (repository: string) => void): Promise<Fleet>
}

export interface Fleet {
  /** Host names of the application file → DNS name of the load balancer that answers there. */
  hosts: Record<string, string>
  /** What the users of the last stage ask for. */
  url: string
}

/** The module beside the application file that creates its fleet. Throws with what to write where there is none. */
export async function loadFleet(file: string): Promise<FleetModule> {
  const path = beside(file, '.fleet.ts')
  if (!existsSync(path))
    throw new Error(
      `${file} has no fleet to be rehearsed on: write ${path}; it exports FIRST_TAG and createFleet(application, push), ` +
        'as apps/demo.fleet.ts does for any application',
    )
  return import(pathToFileURL(path).href)
}

/** The folder that is an image. Throws with what to write where there is none. */
export function pushedFolder(file: string, repository: string, version: string): string {
  const folder = join(beside(file, '-images'), repository, version)
  if (existsSync(join(folder, 'container.mjs'))) return folder
  throw new Error(
    `there is no image ${version} to push to ${repository}: write ${join(folder, 'container.mjs')} ` +
      '(apps/demo-images/demo-api/v1 shows how)',
  )
}

/** The versions of a repository's image that there are folders for. */
export function versionsOf(file: string, repository: string): string[] {
  return readdirSync(join(beside(file, '-images'), repository)).sort()
}

/** `apps/demo.yaml`, `.fleet.ts` → `apps/demo.fleet.ts`. */
function beside(file: string, ending: string): string {
  return join(dirname(resolve(file)), basename(file).replace(/\.ya?ml$/, '') + ending)
}
