import { idIn } from '../../domain/arn.ts'
import { isOf, keyOf } from './checks.ts'
import type { Run, Told } from './told.ts'
import type { Rehearsed } from './verdicts.ts'

/** One action that is taken out of one statement of a role, in the quickest rehearsal that used it. */
export interface Mutation {
  role: string
  action: string
  condition: string
  run: Run
}

/** `only`: of one role, as people call it. */
export function mutationsOf(rehearsed: readonly Rehearsed[], only?: string): Mutation[] {
  const quickest = [...rehearsed].sort((a, b) => a.told.seconds - b.told.seconds)
  const found = new Map<string, Mutation>()
  for (const { run, told } of quickest)
    for (const { role, ...grant } of told.grants) {
      const { principal, action, statement, condition } = grant
      if (only !== undefined && role !== only) continue
      if (found.has(keyOf(grant)) || !told.used.some(use => isOf(use, grant))) continue
      found.set(keyOf(grant), { role, action, condition, run: { ...run, forbidden: { principal, action, statement } } })
    }
  return [...found.values()].sort((a, b) => (`${a.role} ${a.action}` < `${b.role} ${b.action}` ? -1 : 1))
}

export type Caught = { kind: 'caught' } | { kind: 'unnoticed'; because: string }

/** A rehearsal without the action has failed, and its first word names the role and the action. */
export function caughtIn({ run: { forbidden } }: Mutation, { misses }: Pick<Told, 'misses'>): Caught {
  const [first] = misses
  if (first === undefined) return { kind: 'unnoticed', because: 'the rehearsal went as it should' }
  const names = [idIn(forbidden?.principal ?? ''), forbidden?.action ?? '']
  if (names.every(name => first.includes(name))) return { kind: 'caught' }
  return { kind: 'unnoticed', because: `the rehearsal failed by something else: ${first}` }
}
