import { UsageError } from '../arguments.ts'
import { synthesize } from '../rehearsing/synth.ts'
import { allCells, cellName } from './cells.ts'
import { type Cell, FILE, type Played } from './play.ts'
import type { Rule } from './rules.ts'
import { assemblyWithout } from './switched-off.ts'
import { playAll } from './workers.ts'

export interface Verdict {
  rule: Rule
  /** Of its cells, those that do not show that it is missed, and why; empty: it is. */
  uncaught: { cell: string; because: string }[]
}

/**
 * Switches each rule off by itself and plays the cells that are to fail then, which hold with all rules. `told`: of each rule, as
 * its last cell is over.
 */
export async function judgeRules(rules: readonly Rule[], told: (verdict: Verdict) => void): Promise<Verdict[]> {
  const verdicts = rules.map((rule): Verdict & { left: number } => ({ rule, uncaught: [], left: rule.cells.length }))
  const whole = synthesize([FILE]).then(({ directory }) => directory)
  const names = [...new Set(rules.flatMap(({ cells }) => cells))]
  const before = await playAll(
    names.map(name => ({ cell: cellNamed(name), assembly: () => whole, needsFired: true })),
    () => {},
  )
  const planned = verdicts.flatMap(verdict => {
    let made: Promise<string> | undefined
    const assembly = () => {
      made ??= assemblyWithout(verdict.rule)
      return made
    }
    return verdict.rule.cells.map(name => ({ verdict, name, cell: cellNamed(name), assembly, needsFired: false }))
  })
  await playAll(planned, ({ played }, at) => {
    const { verdict, name } = planned[at] ?? {}
    if (!verdict || name === undefined) return
    const because = whyUncaught(verdict.rule, before[names.indexOf(name)]?.played, played)
    if (because !== undefined) verdict.uncaught.push({ cell: name, because })
    verdict.left -= 1
    if (verdict.left === 0) told(verdict)
  })
  return verdicts.map(({ rule, uncaught }) => ({ rule, uncaught }))
}

/** Undefined: the cell holds with the rule, and without it does not, as it is to. */
export function whyUncaught({ breaks }: Rule, whole: Played | undefined, without: Played): string | undefined {
  const told = ({ broken }: Played) => broken.map(({ name, because }) => `${name}: ${because}`).join('; ')
  if (whole === undefined || whole.broken.length > 0) return `does not hold with it either (${whole && told(whole)})`
  if (without.broken.length === 0) return 'holds without it'
  const isMeant = without.broken.some(({ name }) => name === breaks)
  return isMeant ? undefined : `breaks something else without it, not ${breaks} (${told(without)})`
}

/** Throws where there is no such cell. */
export function cellNamed(name: string): Cell {
  const cell = allCells().find(each => cellName(each) === name)
  if (!cell) throw new UsageError(`there is no cell ${name}: correct it in cli/faults/rules.ts`)
  return cell
}
