import { exitCodeOf, parsed, UsageError } from './arguments.ts'
import { allCells } from './faults/cells.ts'
import { JOURNEYS } from './faults/journeys.ts'
import { playMatrix } from './faults/matrix.ts'
import { judgeRules, type Verdict } from './faults/mutate.ts'
import { type Cell, FILE } from './faults/play.ts'
import { RULES } from './faults/rules.ts'
import { cellsOf, readSchedules, type Schedules } from './faults/schedules.ts'
import { cameOf, doubtLine, invariantLines, missLines, progressLine, tableLines } from './faults/table.ts'
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
  const { mutate: isAboutRules, random, only, journey, alone } = values
  const way = isAboutRules ? '--mutate' : random === undefined ? undefined : '--random'
  const stray = Object.entries({ only, journey, alone, ...(isAboutRules && { random }) }).find(([, value]) => value)
  if (way && stray) throw new UsageError(`--${stray[0]}: does not go with ${way}\n${USAGE}`)
  stoppedBySignals()
  if (isAboutRules) return mutate(values.json)
  if (random !== undefined) return playSchedules(scheduled(random, positionals), values.json)
  const cells = chosen(values)
  const { directory } = await synthesize([FILE])
  const results = await playCells(cells, directory, alone)
  const { passed, failed } = counted(results)
  if (values.json) console.log(JSON.stringify({ passed, failed, cells: results.map(toldInJson) }))
  else console.log([...tableOf(results), `${passed} passed, ${failed} failed`].join('\n'))
  return failed > 0 ? 1 : 0
})

async function playSchedules({ seed, first, count }: Schedules, json: boolean): Promise<number> {
  const { directory } = await synthesize([FILE])
  const style = styleFor(process.stderr)
  const name = (at: number) => `${seed}:${first + at}`
  let done = 0
  const results = await playAll(
    cellsOf({ seed, first, count }).map(cell => ({ cell, needsFired: false, assembly: async () => directory })),
    (result, at) => console.error(progressLine(result, `${++done}/${count} ${name(at)}`, style)),
  )
  const { passed, failed, nothingHappened } = counted(results)
  const counts = results.flatMap(({ played }) => Object.values(played.fired))
  const faults = { drawn: counts.length, happened: counts.filter(count => count > 0).length }
  if (json) console.log(JSON.stringify({ passed, failed, nothingHappened, faults, cells: results.map(toldInJson) }))
  else {
    const again = results.flatMap(({ played }, at) => (cameOf(played) === 'failed' ? [name(at)] : []))
    const lines = [
      ...missLines(results, styleFor(process.stdout)),
      ...again.map(name => `  again: npm run faults -- --random ${name} 1`),
      `${passed} passed, ${failed} failed, nothing happened: ${nothingHappened}`,
      `${faults.happened} of ${faults.drawn} faults happened`,
    ]
    console.log(lines.join('\n'))
  }
  return failed > 0 ? 1 : 0
}

function counted(results: readonly Result[]) {
  const of = (what: ReturnType<typeof cameOf>) => results.filter(({ played }) => cameOf(played) === what).length
  return { passed: of('passed'), failed: of('failed'), nothingHappened: of('nothing happened') }
}

function playCells(cells: Cell[], assembly: string, alone: boolean): Promise<Result[]> {
  const style = styleFor(process.stderr)
  const told = {
    known: (result: Result, count: number) => console.error(progressLine(result, `${count}/${cells.length}`, style)),
    doubted: (result: Result) => console.error(doubtLine(result, style)),
  }
  return playMatrix(cells, { assembly, alone, told })
}

function tableOf(results: Result[]): string[] {
  const style = styleFor(process.stdout)
  return [...tableLines(results, style), ...invariantLines(), ...missLines(results, style)]
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

function chosen({ only, journey }: { only?: string | undefined; journey?: string | undefined }): Cell[] {
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
  return cells
}

function scheduled(text: string, [count]: string[]): Schedules {
  const read = readSchedules(text, count)
  if (read.kind === 'refused') throw new UsageError(`${read.because}\n${USAGE}`)
  return read
}

function toldInJson({ cell: { journey, faults }, played }: Result) {
  return { journey, faults: faults.map(({ name, kind }) => `${name}:${kind}`), ...played }
}
