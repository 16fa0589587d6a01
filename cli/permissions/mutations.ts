import { roleIn } from '../rehearsing/denied.ts'
import type { Run, Told } from './told.ts'
import { keyOf, type Rehearsed } from './verdicts.ts'

/** One action that is taken out of a role, in the quickest rehearsal that used it. */
export interface Mutation {
  role: string
  action: string
  run: Run
}

/** `only`: of one role, as people call it. */
export function mutationsOf(rehearsed: readonly Rehearsed[], only?: string): Mutation[] {
  const quickest = [...rehearsed].sort((a, b) => a.told.seconds - b.told.seconds)
  const places = new Map(rehearsed.flatMap(({ told }) => told.grants.map(({ principal, role }) => [principal, role])))
  const found = new Map<string, Mutation>()
  for (const { run, told } of quickest)
    for (const { principal, action } of told.used) {
      const key = keyOf(principal, action)
      const role = places.get(principal) ?? principal
      if (found.has(key) || (only !== undefined && role !== only)) continue
      found.set(key, { role, action, run: { ...run, forbidden: { principal, action } } })
    }
  return [...found.values()].sort((a, b) => (`${a.role} ${a.action}` < `${b.role} ${b.action}` ? -1 : 1))
}

export type Caught = { kind: 'caught' } | { kind: 'unnoticed'; because: string }

/** A rehearsal without the action has failed, and its first word names the role and the action. */
export function caughtIn({ run: { forbidden } }: Mutation, { misses }: Pick<Told, 'misses'>): Caught {
  const [first] = misses
  if (first === undefined) return { kind: 'unnoticed', because: 'the rehearsal went as it should' }
  const names = [roleIn(forbidden?.principal ?? ''), forbidden?.action ?? '']
  if (names.every(name => first.includes(name))) return { kind: 'caught' }
  return { kind: 'unnoticed', because: `the rehearsal failed by something else: ${first}` }
}
