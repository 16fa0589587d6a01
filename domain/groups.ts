import type { Service, Stage } from './application.ts'
import type { Refuse } from './people.ts'

/** The services of a stage in the order in which they change: those of one group together, one group after the other. */
export function groupsOf({ services, groups }: Pick<Stage, 'services' | 'groups'>): Service[][] {
  if (!groups) return [services]
  return groups.map(names => services.filter(({ service }) => names.includes(service)))
}

/** Every service has its place in one group, where there are groups. */
export function checkGroups({ services, groups }: Pick<Stage, 'services' | 'groups'>, refuse: Refuse): void {
  const known = services.map(({ service }) => service)
  const seen = new Set<string>()
  groups?.forEach((names, g) => {
    names.forEach((service, n) => {
      if (!known.includes(service))
        refuse(['groups', g, n], service, `is not a service of this stage; write one of ${known.join(', ')}`)
      if (seen.has(service)) refuse(['groups', g, n], service, 'is in a group already; list it once')
      seen.add(service)
    })
  })
  const missing = groups ? known.filter(service => !seen.has(service)) : []
  if (missing.length > 0) refuse(['groups'], groups, `names no place for ${missing.join(', ')}; add it to a group`)
}
