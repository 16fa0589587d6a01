import { UsageError } from '../arguments.ts'
import { allCells, cellName } from './cells.ts'
import type { Cell } from './play.ts'
import type { Rule } from './rules.ts'
import { assemblyWithout } from './switched-off.ts'
import { playAll } from './workers.ts'

export interface Verdict {
  rule: Rule
  /** The cells that pass without the rule, though they are to fail; empty: it is missed. */
  uncaught: string[]
}

/** Switches each rule off by itself and plays the cells that are to fail. `told`: of each rule, as its last cell is over. */
export async function judgeRules(rules: readonly Rule[], told: (verdict: Verdict) => void): Promise<Verdict[]> {
  const verdicts = rules.map((rule): Verdict & { left: number } => ({ rule, uncaught: [], left: rule.cells.length }))
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
    if (played.broken.length === 0) verdict.uncaught.push(name)
    verdict.left -= 1
    if (verdict.left === 0) told(verdict)
  })
  return verdicts.map(({ rule, uncaught }) => ({ rule, uncaught }))
}

/** Throws where there is no such cell. */
export function cellNamed(name: string): Cell {
  const cell = allCells().find(each => cellName(each) === name)
  if (!cell) throw new UsageError(`there is no cell ${name}: correct it in cli/faults/rules.ts`)
  return cell
}
