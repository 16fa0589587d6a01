import { exitCodeOf, parsed, UsageError } from '../../cli/arguments.ts'
import { crowd } from './crowd.ts'
import { storm } from './storm.ts'
import { type Bench, linesOf, type Verdict } from './told.ts'
import { waits } from './waits.ts'

/** How many waits, pushes or applications there are, where nobody says it. */
const BENCHES = {
  waits: { of: 100, run: waits },
  storm: { of: 200, run: storm },
  crowd: { of: 50, run: crowd },
} satisfies Record<string, { of: number; run: Bench }>
const NAMES = Object.keys(BENCHES) as (keyof typeof BENCHES)[]
const USAGE = `usage: npm run bench -- [${NAMES.join('|')}]... [--of N] [--json]`
const OPTIONS = { json: { type: 'boolean', default: false }, of: { type: 'string' } } as const

process.exitCode = await exitCodeOf(async () => {
  const { values, positionals } = parsed(process.argv.slice(2), OPTIONS, USAGE, NAMES.length)
  const unknown = positionals.find(name => !Object.hasOwn(BENCHES, name))
  if (unknown !== undefined) throw new UsageError(`there is no bench ${unknown}\n${USAGE}`)
  if (values.of !== undefined && !/^[1-9]\d*$/.test(values.of))
    throw new UsageError(`--of ${values.of}: write how many there are, from 1\n${USAGE}`)
  const verdicts: (Verdict & { name: string })[] = []
  for (const name of NAMES.filter(name => positionals.length === 0 || positionals.includes(name))) {
    const { of, run } = BENCHES[name]
    const verdict = await run(line => console.error(`${name}: ${line}`), Number(values.of ?? of))
    verdicts.push({ name, ...verdict })
    if (!values.json) console.log([...linesOf(verdict), ''].join('\n'))
  }
  const checks = verdicts.flatMap(({ checks }) => checks)
  const failed = checks.filter(({ passed }) => !passed).length
  const passed = checks.length - failed
  console.log(
    values.json ? JSON.stringify({ passed, failed, benches: verdicts }) : `${passed} passed, ${failed} failed`,
  )
  return failed > 0 ? 1 : 0
})
