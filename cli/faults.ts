import { exitCodeOf, parsed, UsageError } from './arguments.ts'
import { allCells } from './faults/cells.ts'
import { JOURNEYS } from './faults/journeys.ts'
import { type Cell, FILE } from './faults/play.ts'
import { scheduleOf } from './faults/schedules.ts'
import { invariantLines, missLines, progressLine, type Result, tableLines } from './faults/table.ts'
import { playAll } from './faults/workers.ts'
import { synthesize } from './rehearsing/synth.ts'
import { stoppedBySignals } from './signals.ts'
import { styleFor } from './view/style.ts'

const USAGE =
  'usage: npm run faults [-- [--only NAME] [--journey NAME] [--json]], or -- --random SEED N, or -- --random SEED:NUMBER 1'
const OPTIONS = {
  only: { type: 'string' },
  journey: { type: 'string' },
  random: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

process.exitCode = await exitCodeOf(async () => {
  const { values, positionals } = parsed(process.argv.slice(2), OPTIONS, USAGE)
  stoppedBySignals()
  const style = styleFor(process.stdout)
  const { cells, names } = values.random === undefined ? chosen(values) : scheduled(values.random, positionals)
  const { directory: assembly } = await synthesize([FILE])
  const orders = cells.map(cell => ({ cell, assembly, needsFired: values.random === undefined }))
  const results: Result[] = []
  let done = 0
  const played = await playAll(orders, (played, at) => {
    const count = `${++done}/${cells.length}${names ? ` ${names[at]}` : ''}`
    const cell = cells[at]
    if (cell) console.error(progressLine({ cell, played }, count, styleFor(process.stderr)))
  })
  cells.forEach((cell, at) => {
    const of = played[at]
    if (of) results.push({ cell, played: of })
  })
  const failed = results.filter(({ played }) => played.broken.length > 0).length
  const passed = results.length - failed
  if (values.json) console.log(JSON.stringify({ passed, failed, cells: results.map(toldInJson) }))
  else {
    const lines = names ? [] : [...tableLines(results, style), ...invariantLines()]
    const again = names
      ? results.flatMap(({ played }, at) => (played.broken.length > 0 ? againLine(names[at]) : []))
      : []
    console.log([...lines, ...missLines(results, style), ...again, `${passed} passed, ${failed} failed`].join('\n'))
  }
  return failed > 0 ? 1 : 0
})

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
  return {
    cells: all.filter(
      cell =>
        (journey === undefined || cell.journey === journey) &&
        (only === undefined || cell.faults.some(({ name }) => name === only)),
    ),
  }
}

/** `SEED N`: the first so many; `SEED:NUMBER 1`: that one. */
function scheduled(seed: string, [text, ...others]: string[]): Chosen {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || others.length > 0)
    throw new UsageError(`--random ${seed}: write how many, such as --random ${seed} 100\n${USAGE}`)
  const [, own, number] = /^(.*):(\d+)$/.exec(seed) ?? []
  const numbers = Array.from({ length: count }, (_, at) => at + Number(number ?? 0))
  const of = own ?? seed
  return { cells: numbers.map(at => scheduleOf(of, at)), names: numbers.map(at => `${of}:${at}`) }
}

const againLine = (name: string | undefined) => [`  again: npm run faults -- --random ${name} 1`]

const toldInJson = ({ cell: { journey, faults }, played }: Result) => ({
  journey,
  faults: faults.map(({ name, kind }) => `${name}:${kind}`),
  ...played,
})
