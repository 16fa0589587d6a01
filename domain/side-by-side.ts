import type { Application } from './application.ts'
import { parameterPath } from './image-parameter.ts'

/** What keeps these applications from being in one installation, one sentence each. */
export function clashes(applications: readonly Application[]): string[] {
  const names = applications.map(({ app }) => app)
  const twice = names.filter((name, at) => names.indexOf(name) < at)
  return [
    ...[...new Set(twice)].map(name => `app: "${name}": two files have this name; rename one`),
    ...sharedBy(
      applications.map(({ app, stages }) => [
        app,
        stages.flatMap(({ cluster, services }) =>
          services.map(({ service }) => `service ${service} of cluster ${cluster}`),
        ),
      ]),
      'a service has one application',
    ),
    ...sharedBy(
      applications.map(({ app, stages }) => [
        app,
        stages.flatMap(({ services }) =>
          services.flatMap(({ imageParameter }) =>
            imageParameter === undefined ? [] : `imageParameter ${parameterPath(imageParameter)}`,
          ),
        ),
      ]),
      'a parameter holds the image of one',
    ),
  ]
}

/** `owned`: application → what it names. */
function sharedBy(owned: [app: string, things: string[]][], rule: string): string[] {
  const owners = new Map<string, string>()
  return owned.flatMap(([app, things]) =>
    [...new Set(things)].flatMap(thing => {
      const owner = owners.get(thing) ?? app
      owners.set(thing, owner)
      return owner === app ? [] : [`${thing} is in ${owner} and in ${app}; ${rule}`]
    }),
  )
}
