import type { Grant } from './grants.ts'
import { nameOf, type Run, type Told } from './told.ts'

/** What is said of one action of one role. */
export type Verdict =
  | { kind: 'missing'; role: string; action: string; resource: string; because: string; run: string }
  | (Pick<Grant, 'role' | 'action' | 'resources' | 'because'> &
      ({ kind: 'used'; times: number } | { kind: 'explained'; why: string } | { kind: 'unexplained' }))

export interface Rehearsed {
  run: Run
  told: Told
}

/** Judges what all rehearsals together used and were denied: what is missing first, then role by role. */
export function verdictsOn(rehearsed: readonly Rehearsed[]): Verdict[] {
  const grants = merged(rehearsed.flatMap(({ told }) => told.grants))
  const places = new Map(grants.map(({ principal, role }) => [principal, role]))
  const missing = rehearsed.flatMap(({ run, told }) =>
    told.denied.map(({ principal, action, resource, because }): Verdict => {
      const role = places.get(principal) ?? principal
      return { kind: 'missing', role, action, resource, because, run: nameOf(run) }
    }),
  )
  const uses = new Map<string, number>()
  for (const { principal, action, times } of rehearsed.flatMap(({ told }) => told.used))
    uses.set(keyOf(principal, action), (uses.get(keyOf(principal, action)) ?? 0) + times)
  const judged = grants.map(({ principal, unused, ...grant }): Verdict => {
    const times = uses.get(keyOf(principal, grant.action))
    if (times !== undefined) return { ...grant, kind: 'used', times }
    return unused === undefined ? { ...grant, kind: 'unexplained' } : { ...grant, kind: 'explained', why: unused }
  })
  return [...missing, ...judged]
}

/** Whether nothing has to be done about it. */
export const passes = ({ kind }: Verdict): boolean => kind === 'used' || kind === 'explained'

/** Actions are written in any case. */
export const keyOf = (principal: string, action: string): string => `${principal} ${action.toLowerCase()}`

/** Applications of different kinds give one role different things; the report has each action once. */
function merged(grants: Grant[]): Grant[] {
  const byKey = new Map<string, Grant>()
  for (const grant of grants) {
    const known = byKey.get(keyOf(grant.principal, grant.action))
    const unused = known?.unused ?? grant.unused
    byKey.set(keyOf(grant.principal, grant.action), {
      ...(known ?? grant),
      resources: [...new Set([...(known?.resources ?? []), ...grant.resources])],
      because: [...new Set([...(known?.because ?? []), ...grant.because])],
      ...(unused !== undefined && { unused }),
    })
  }
  return [...byKey.values()].sort((a, b) => (a.role < b.role ? -1 : a.role > b.role ? 1 : 0))
}
