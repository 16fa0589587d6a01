import type { Style } from '../view/style.ts'
import { nameOf } from './told.ts'
import type { Rehearsed, Verdict } from './verdicts.ts'

/** The report for people: what is missing, what failed, then role by role. */
export function reportLines(verdicts: readonly Verdict[], rehearsed: readonly Rehearsed[], style: Style): string[] {
  const missing = verdicts.flatMap(verdict => (verdict.kind === 'missing' ? [missingLine(verdict, style)] : []))
  const untrue = verdicts.flatMap(verdict => (verdict.kind === 'untrue' ? [untrueLine(verdict, style)] : []))
  const failed = failuresIn(rehearsed).map(
    ({ run, told }) => `  ${style.bad('✗')} ${nameOf(run)}: ${told.misses.join('; ')}`,
  )
  return [
    ...(missing.length > 0 ? ['missing', ...missing, ''] : []),
    ...(untrue.length > 0 ? ['reasons that do not hold', ...untrue, ''] : []),
    ...(failed.length > 0 ? ['rehearsals that did not go as they should', ...failed, ''] : []),
    ...rolesIn(verdicts).flatMap(([role, held]) => [role, ...held.flatMap(verdict => heldLines(verdict, style)), '']),
  ]
}

/** Those that failed by something else than what AWS denied. */
export const failuresIn = (rehearsed: readonly Rehearsed[]): Rehearsed[] =>
  rehearsed.filter(({ told }) => told.misses.length > 0 && told.denied.length === 0)

type Missing = Extract<Verdict, { kind: 'missing' }>
type Untrue = Extract<Verdict, { kind: 'untrue' }>
type Held = Exclude<Verdict, Missing | Untrue>

function missingLine({ role, action, resource, because, run }: Missing, style: Style): string {
  return `  ${style.bad('✗')} ${role} may not ${action} on ${resource}, ${because} (${run})`
}

function untrueLine({ role, action, why, because }: Untrue, style: Style): string {
  return `  ${style.bad('✗')} ${role} ${action}, “${why}”: ${because}; correct \`unused\`, or take it out`
}

function rolesIn(verdicts: readonly Verdict[]): [string, Held[]][] {
  const held = verdicts.filter(verdict => verdict.kind !== 'missing' && verdict.kind !== 'untrue')
  return [...Map.groupBy(held, ({ role }) => role)]
}

function heldLines(verdict: Held, style: Style): string[] {
  const { action, condition, resources, because } = verdict
  const patterns = resources.filter(resource => /[*?]/.test(resource))
  const under = condition && ` (${condition})`
  const why =
    patterns.length > 0 ? [`      ${patterns.join(', ')}${under}: ${because.join('; ') || 'nothing says why'}`] : []
  return [`  ${headOf(verdict, action, style)}`, ...why]
}

function headOf(verdict: Held, action: string, style: Style): string {
  switch (verdict.kind) {
    case 'used':
      return `${style.good('✓')} ${action}, used ${verdict.times} times`
    case 'explained':
      return `${style.good('✓')} ${action}, not used: ${verdict.why}`
    case 'unexplained':
      return `${style.bad('✗')} ${action}, not used, and nothing says why it stays: take it out, or say in \`unused\` of its statement`
  }
}
