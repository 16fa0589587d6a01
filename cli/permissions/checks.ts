import type { Grant } from './grants.ts'
import type { Told, Use } from './told.ts'

/** What is judged by itself: one action of a role under one condition, on resources of one kind. */
export interface Check extends Pick<Grant, 'principal' | 'role' | 'action' | 'condition' | 'resources' | 'because'> {
  /** How often rehearsals used it. */
  times: number
}

/** Applications of different kinds give one role the same on other resources: that is one check. Role by role. */
export function checksIn(told: readonly Pick<Told, 'grants' | 'used'>[]): Check[] {
  const byKey = new Map<string, Check>()
  for (const { grants, used } of told)
    for (const { statement, ...grant } of grants) {
      const known = byKey.get(keyOf(grant))
      const times = used.filter(use => isOf(use, { ...grant, statement })).reduce((sum, use) => sum + use.times, 0)
      byKey.set(keyOf(grant), {
        ...(known ?? grant),
        resources: [...new Set([...(known?.resources ?? []), ...grant.resources])],
        because: [...new Set([...(known?.because ?? []), ...grant.because])],
        times: (known?.times ?? 0) + times,
      })
    }
  return [...byKey.values()].sort((a, b) => (a.role < b.role ? -1 : a.role > b.role ? 1 : 0))
}

/** Actions are written in any case. */
export const isOf = (use: Use, { principal, action, statement }: Pick<Grant, 'principal' | 'action' | 'statement'>) =>
  use.principal === principal && use.statement === statement && use.action.toLowerCase() === action.toLowerCase()

export function keyOf({ principal, action, condition, resources }: Omit<Grant, 'statement' | 'role' | 'because'>) {
  return [principal, action.toLowerCase(), condition, ...new Set(resources.map(kindOf).sort())].join('\n')
}

/** `arn:aws:rds:eu-west-1:111122223333:db:books` → `rds:db`; where any may be meant, with `*`. */
function kindOf(resource: string): string {
  const [, , service, , , type = '', ...name] = resource.split(/[:/]/)
  if (service === undefined) return resource
  return [service, type, ...(name.length === 1 && name[0] === '*' ? ['*'] : [])].join(':')
}
