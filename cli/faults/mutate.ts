import { UsageError } from '../arguments.ts'
import { synthesize } from '../rehearsing/synth.ts'
import { allCells, cellName } from './cells.ts'
import { type Cell, FILE, type Played } from './play.ts'
import type { Rule } from './rules.ts'
import { assemblyWithout } from './switched-off.ts'
import { missesOf } from './table.ts'
import { playAll } from './workers.ts'

export interface Verdict {
  rule: Rule
  /** Of its cells, those that do not show that it is missed, and why; empty: it is. */
  uncaught: { cell: string; because: string }[]
}

/**
 * Switches each rule off by itself and plays the cells that are to fail then, which hold with all rules, and their journeys
 * without any fault, which are to hold without it, too. `told`: of each rule, as its last cell is over.
 */
export async function judgeRules(rules: readonly Rule[], told: (verdict: Verdict) => void): Promise<Verdict[]> {
  const verdicts = rules.map((rule): Verdict & { left: number } => ({
    ...{ rule, uncaught: [] },
    left: playedWithout(rule).length,
  }))
  const whole = synthesize([FILE]).then(({ directory }) => directory)
  const names = [...new Set(rules.flatMap(({ cells }) => cells))]
  const before = await playAll(
    names.map(name => ({ cell: cellNamed(name), assembly: () => whole })),
    () => {},
  )
  const planned = verdicts.flatMap(verdict => {
    let made: Promise<string> | undefined
    const assembly = () => {
      made ??= assemblyWithout(verdict.rule)
      return made
    }
    return playedWithout(verdict.rule).map(cell => ({ verdict, cell, assembly, needsFired: false }))
  })
  await playAll(planned, ({ played }, at) => {
    const { verdict, cell } = planned[at] ?? {}
    if (!verdict || !cell) return
    const name = cellName(cell)
    const because =
      cell.faults.length === 0
        ? whyNothing(played)
        : whyUncaught(verdict.rule, before[names.indexOf(name)]?.played, played)
    if (because !== undefined) verdict.uncaught.push({ cell: name.trim(), because })
    verdict.left -= 1
    if (verdict.left === 0) told(verdict)
  })
  return verdicts.map(({ rule, uncaught }) => ({ rule, uncaught }))
}

/** The rule's cells, and each of their journeys without any fault unless that fails, too. */
export function playedWithout({ cells, always }: Rule): Cell[] {
  const own = cells.map(cellNamed)
  const journeys = always === undefined ? [...new Set(own.map(({ journey }) => journey))] : []
  return [...own, ...journeys.map((journey): Cell => ({ journey, faults: [] }))]
}

/** Why a cell that fails without the rule proves nothing. Undefined: its journey holds without it. */
export function whyNothing(quiet: Played): string | undefined {
  return quiet.broken.length === 0
    ? undefined
    : `does not hold without it, though nothing goes wrong (${missesOf(quiet)})`
}

/** Undefined: the cell holds with the rule, and without it does not, as it is to. */
export function whyUncaught({ breaks }: Rule, whole: Played | undefined, without: Played): string | undefined {
  if (whole === undefined || whole.broken.length > 0)
    return `does not hold with it either (${whole && missesOf(whole)})`
  if (without.broken.length === 0) return 'holds without it'
  const isMeant = without.broken.some(({ name }) => name === breaks)
  if (!isMeant) return `breaks something else without it, not ${breaks} (${missesOf(without)})`
  const unfired = Object.entries(without.fired).filter(([, count]) => count === 0)
  return unfired.length === 0
    ? undefined
    : `fails without it before ${unfired.map(([name]) => name).join(', ')} happens`
}

/** Throws where there is no such cell. */
export function cellNamed(name: string): Cell {
  const cell = allCells().find(each => cellName(each) === name)
  if (!cell) throw new UsageError(`there is no cell ${name}: correct it in cli/faults/rules.ts`)
  return cell
}
