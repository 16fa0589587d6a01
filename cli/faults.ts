import { exitCodeOf, parsed, UsageError } from './arguments.ts'
import { allCells } from './faults/cells.ts'
import { JOURNEYS } from './faults/journeys.ts'
import { playMatrix } from './faults/matrix.ts'
import { judgeRules, type Verdict } from './faults/mutate.ts'
import { type Cell, FILE } from './faults/play.ts'
import { RULES } from './faults/rules.ts'
import { scheduleOf } from './faults/schedules.ts'
import { doubtLine, invariantLines, missLines, progressLine, tableLines } from './faults/table.ts'
import { playAll, type Result } from './faults/workers.ts'
import { synthesize } from './rehearsing/synth.ts'
import { stoppedBySignals } from './signals.ts'
import { styleFor } from './view/style.ts'

const USAGE =
  'usage: npm run faults [-- [--only NAME] [--journey NAME] [--alone] [--json]], or -- --random SEED N, or -- --random SEED:NUMBER 1, or -- --mutate'
const OPTIONS = {
  only: { type: 'string' },
  journey: { type: 'string' },
  alone: { type: 'boolean', default: false },
  random: { type: 'string' },
  mutate: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

process.exitCode = await exitCodeOf(async () => {
  const args = process.argv.slice(2)
  const { values, positionals } = parsed(args, OPTIONS, USAGE, args.includes('--random') ? 1 : 0)
  const { mutate: isAboutRules, random } = values
  const way = isAboutRules ? '--mutate' : random === undefined ? undefined : '--random'
  const others = { ...(isAboutRules && { random }), only: values.only, journey: values.journey, alone: values.alone }
  const stray = Object.entries(others).find(([, value]) => value)
  if (way && stray) throw new UsageError(`--${stray[0]}: does not go with ${way}\n${USAGE}`)
  stoppedBySignals()
  if (isAboutRules) return mutate(values.json)
  const { cells, names } = random === undefined ? chosen(values) : scheduled(random, positionals)
  const { directory } = await synthesize([FILE])
  const results = names ? await playSchedules(cells, names, directory) : await playCells(cells, directory, values.alone)
  const failed = results.filter(({ played }) => played.broken.length > 0).length
  const passed = results.length - failed
  if (values.json) console.log(JSON.stringify({ passed, failed, cells: results.map(toldInJson) }))
  else console.log([...reportLines(results, names), `${passed} passed, ${failed} failed`].join('\n'))
  return failed > 0 ? 1 : 0
})

function playSchedules(cells: Cell[], names: string[], assembly: string): Promise<Result[]> {
  const style = styleFor(process.stderr)
  const orders = cells.map(cell => ({ cell, needsFired: false, assembly: async () => assembly }))
  let done = 0
  return playAll(orders, (result, at) =>
    console.error(progressLine(result, `${++done}/${cells.length} ${names[at]}`, style)),
  )
}

function playCells(cells: Cell[], assembly: string, alone: boolean): Promise<Result[]> {
  const style = styleFor(process.stderr)
  const told = {
    known: (result: Result, count: number) => console.error(progressLine(result, `${count}/${cells.length}`, style)),
    doubted: (result: Result) => console.error(doubtLine(result, style)),
  }
  return playMatrix(cells, { assembly, alone, told })
}

function reportLines(results: Result[], names: string[] | undefined): string[] {
  const style = styleFor(process.stdout)
  if (!names) return [...tableLines(results, style), ...invariantLines(), ...missLines(results, style)]
  const again = names.filter((_, at) => (results[at]?.played.broken.length ?? 0) > 0)
  return [...missLines(results, style), ...again.map(name => `  again: npm run faults -- --random ${name} 1`)]
}

/** Switches the rules off, one at a time: what would be missed without each of them is. */
async function mutate(json: boolean): Promise<number> {
  const style = styleFor(process.stderr)
  const verdicts = await judgeRules(RULES, ({ rule: { says }, uncaught }) => {
    const said = uncaught.length === 0 ? style.good('✓') : style.bad('✗')
    console.error(`${said} without “${says}”${uncaught.map(({ cell, because }) => `; ${cell} ${because}`).join('')}`)
  })
  const failed = verdicts.filter(({ uncaught }) => uncaught.length > 0)
  const passed = verdicts.length - failed.length
  const rules = verdicts.map(({ rule: { says, cells }, uncaught }) => ({ says, cells, uncaught }))
  if (json) console.log(JSON.stringify({ passed, failed: failed.length, rules }))
  else console.log([...verdicts.map(ruleLine), `${passed} passed, ${failed.length} failed`].join('\n'))
  return failed.length > 0 ? 1 : 0
}

function ruleLine({ rule: { says, cells, breaks }, uncaught }: Verdict): string {
  const style = styleFor(process.stdout)
  return uncaught.length === 0
    ? `${style.good('✓')} ${says}: without it ${cells.join(', ')} breaks “${breaks}”`
    : `${style.bad('✗')} ${says}: ${uncaught.map(({ cell, because }) => `${cell} ${because}`).join(', ')}`
}

interface Chosen {
  cells: Cell[]
  /** Of the schedules: `SEED:NUMBER`. */
  names?: string[]
}

function chosen({ only, journey }: { only?: string | undefined; journey?: string | undefined }): Chosen {
  const all = allCells()
  if (journey !== undefined && !Object.hasOwn(JOURNEYS, journey))
    throw new UsageError(`--journey ${journey}: is not known; write one of ${Object.keys(JOURNEYS).join(', ')}`)
  const names = new Set(all.flatMap(({ faults }) => faults.map(({ name }) => name)))
  if (only !== undefined && !names.has(only))
    throw new UsageError(`--only ${only}: is not known; write one of ${[...names].join(', ')}`)
  const cells = all.filter(
    cell =>
      (journey === undefined || cell.journey === journey) &&
      (only === undefined || cell.faults.some(({ name }) => name === only)),
  )
  if (cells.length === 0) throw new UsageError(`--only ${only}: has no cell in the journey ${journey}`)
  return { cells }
}

/** `SEED N`: the first so many; `SEED:NUMBER 1`: that one. */
function scheduled(seed: string, [text]: string[]): Chosen {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError(`--random ${seed}: write how many, such as --random ${seed} 100\n${USAGE}`)
  const [, own, number] = /^(.*):(\d+)$/.exec(seed) ?? []
  const numbers = Array.from({ length: count }, (_, at) => at + Number(number ?? 0))
  const of = own ?? seed
  return { cells: numbers.map(at => scheduleOf(of, at)), names: numbers.map(at => `${of}:${at}`) }
}

function toldInJson({ cell: { journey, faults }, played }: Result) {
  return { journey, faults: faults.map(({ name, kind }) => `${name}:${kind}`), ...played }
}
