import { type Check, checksIn } from './checks.ts'
import { isFor, type Reason } from './grants.ts'
import { nameOf, type Run, type Told } from './told.ts'

/** What is said of one action of one role in statements of one kind, or of a reason that is given for one. */
export type Verdict =
  | { kind: 'missing'; role: string; action: string; resource: string; because: string; run: string }
  | { kind: 'untrue'; role: string; action: string; why: string; because: string }
  | (Pick<Check, 'role' | 'action' | 'condition' | 'resources' | 'because'> &
      ({ kind: 'used'; times: number } | { kind: 'explained'; why: string } | { kind: 'unexplained' }))

export interface Rehearsed {
  run: Run
  told: Told
}

/**
 * Judges what all rehearsals together used and were denied: what is missing first, then the reasons that do not hold, then
 * role by role. `whole`: whether all were rehearsed, so that what none of them grants is granted nowhere.
 */
export function verdictsOn(rehearsed: readonly Rehearsed[], { whole = true }: { whole?: boolean } = {}): Verdict[] {
  const checks = checksIn(rehearsed.map(({ told }) => told))
  const reasons = distinct(rehearsed.flatMap(({ told }) => told.reasons))
  const places = new Map(checks.map(({ principal, role }) => [principal, role]))
  const missing = rehearsed.flatMap(({ run, told }) =>
    told.denied.map(({ principal, action, resource, because }): Verdict => {
      const role = places.get(principal) ?? principal
      return { kind: 'missing', role, action, resource, because, run: nameOf(run) }
    }),
  )
  const untrue = reasons.flatMap((reason): Verdict[] => {
    const { role, action, why } = reason
    const because = flawIn(reason, checks, whole)
    return because === undefined ? [] : [{ kind: 'untrue', role, action, why, because }]
  })
  return [...missing, ...untrue, ...checks.map(check => judged(check, reasons))]
}

/** Whether nothing has to be done about it. */
export const passes = ({ kind }: Verdict): boolean => kind === 'used' || kind === 'explained'

function judged({ principal, times, ...check }: Check, reasons: readonly Reason[]): Verdict {
  if (times > 0) return { ...check, kind: 'used', times }
  const why = reasons.find(reason => isFor(reason, { principal, ...check }) && reason.why.trim() !== '')?.why
  return why === undefined ? { ...check, kind: 'unexplained' } : { ...check, kind: 'explained', why }
}

/** What is wrong with a reason; a blank one is none, and explains nothing. */
function flawIn(reason: Reason, checks: readonly Check[], whole: boolean): string | undefined {
  if (reason.why.trim() === '') return 'the reason is blank'
  const meant = checks.filter(check => isFor(reason, check))
  if (meant.length === 0) return whole ? 'the role is not granted it' : undefined
  if (reason.isOfMoment) return undefined
  const times = meant.reduce((sum, check) => sum + check.times, 0)
  return meant.every(check => check.times > 0) ? `it was used ${times} times` : undefined
}

function distinct(reasons: readonly Reason[]): Reason[] {
  return [...new Map(reasons.map(reason => [JSON.stringify(Object.entries(reason).sort()), reason])).values()]
}
